import { Button } from '@mantine/core';
import type { VllmPlan } from '../../core/vllm/schema';
import { Panel } from '../parts/panel';
import classes from '../plan/flags-panel.module.css';

interface RecommendationsPanelProps {
  readonly plan: VllmPlan;
  readonly onChange: (part: Readonly<Record<string, unknown>>) => void;
}

/** What to set, each with its reason; one button takes all of it over. */
export function RecommendationsPanel({ plan, onChange }: RecommendationsPanelProps) {
  return (
    <Panel
      title="What to set"
      note={plan.verdict === 'ship' ? undefined : 'changes least of what was asked for'}
      actions={
        <Button size="xs" variant="default" onClick={() => onChange(requestOf(plan))}>
          Take these over
        </Button>
      }
    >
      <dl className={classes.flags}>
        {plan.recommendations.map(({ option, value, reason }) => (
          <div key={option} className={classes.flag}>
            <dt>
              <code>
                {option} {value}
              </code>
            </dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** The part of the request that the recommendations stand for. */
function requestOf({ recommendations }: VllmPlan): Readonly<Record<string, unknown>> {
  const value = (option: string) => recommendations.find((each) => each.option === option)?.value;
  return {
    tensor_parallel: Number(value('--tensor-parallel-size')),
    quantisation: value('--quantization'),
    kv_cache_dtype: value('--kv-cache-dtype'),
    context: Number(value('--max-model-len')),
    max_sequences: Number(value('--max-num-seqs')),
    gpu_memory_utilization: Number(value('--gpu-memory-utilization')),
    prefix_caching: value('--enable-prefix-caching') === 'on',
  };
}
