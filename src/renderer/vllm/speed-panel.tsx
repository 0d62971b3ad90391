import { Text } from '@mantine/core';
import { speedLines } from '../../core/report/vllm-text';
import type { VllmPlan } from '../../core/vllm/schema';
import { Panel } from '../parts/panel';

/** How fast, as intervals from what published benchmarks reach. */
export function SpeedPanel({ plan }: { plan: VllmPlan }) {
  const { prompt_tokens: prompt, output_tokens: output } = plan.request;
  return (
    <Panel
      title="Speed"
      note={`prompts of ${prompt}, answers of ${output} tokens; no start of vLLM was measured`}
    >
      {speedLines(plan).map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </Panel>
  );
}
