import { Button, Group, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { assertNever } from '../../core/assert-never';
import { indexOf } from '../../core/plan/model-index';
import type { Plan } from '../../core/plan/schema';
import type { SweepKind } from '../../core/sweep/schema';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import type { Question } from '../planner/planner';
import { useSweep, type SweepState } from '../state/use-sweep';
import classes from './sweep-panel.module.css';
import { SweepTable } from './sweep-table';

/** The charts' own, so that nothing moves when they come. */
const CHART_HEIGHT = 290;

const SweepCharts = lazy(() =>
  import('./sweep-charts').then(({ SweepCharts: component }) => ({ default: component })),
);

const titles: Readonly<Record<SweepKind, string>> = {
  context: 'Context',
  ncmoe: 'Experts on the host',
  ngl: 'Layers on the GPU',
  quant: 'Quantisation',
};

interface SweepPanelProps {
  readonly question: Question;
  readonly plan: Plan;
}

/** What if: memory and speed against one choice, planned anew at every value, all else as asked. */
export function SweepPanel({ question, plan }: SweepPanelProps) {
  const kinds = kindsFor(question);
  const [wanted, setWanted] = useState<SweepKind>('context');
  const [numbers, setNumbers] = useState(false);
  const kind = kinds.includes(wanted) ? wanted : 'context';
  const state = useSweep(question, kind);
  return (
    <Panel
      title="What if"
      note="100 % is the load line"
      actions={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            className={classes.kinds}
            aria-label="Against what"
            data={kinds.map((each) => ({ value: each, label: titles[each] }))}
            value={kind}
            onChange={(value) => setWanted(value)}
          />
          <Button
            size="xs"
            variant="default"
            aria-pressed={numbers}
            onClick={() => setNumbers((shown) => !shown)}
          >
            Numbers
          </Button>
        </Group>
      }
    >
      <Content state={state} title={titles[kind]} chosen={chosenOf(kind, plan)} numbers={numbers} />
    </Panel>
  );
}

/** Without a GPU no layers can go there, and without experts none can stay behind. */
function kindsFor({ model, profile }: Question): readonly SweepKind[] {
  const gpu = (profile.hardware.gpus ?? []).length > 0;
  return [
    'context',
    ...(gpu && indexOf(model).expertLayers > 0 ? (['ncmoe'] as const) : []),
    ...(gpu ? (['ngl'] as const) : []),
    ...(model.tensors.length > 0 ? (['quant'] as const) : []),
  ];
}

function chosenOf(kind: SweepKind, { placement, model }: Plan): number | string | null {
  switch (kind) {
    case 'context':
      return placement.context;
    case 'ncmoe':
      return placement.cpu_moe_layers;
    case 'ngl':
      return placement.gpu_layers;
    case 'quant':
      return model.quant;
    default:
      return assertNever(kind);
  }
}

interface ContentProps {
  readonly state: SweepState;
  readonly title: string;
  readonly chosen: number | string | null;
  readonly numbers: boolean;
}

function Content({ state, title, chosen, numbers }: ContentProps) {
  switch (state.kind) {
    case 'working':
      return <Skeleton h={CHART_HEIGHT} />;
    case 'failed':
      return <FailureAlert failure={state.failure} />;
    case 'swept':
      return (
        <div className={classes.sweep} data-current={state.current} aria-busy={!state.current}>
          {state.sweep.points.length === 0 ? null : (
            <>
              <Suspense fallback={<Skeleton h={CHART_HEIGHT} />}>
                <SweepCharts sweep={state.sweep} chosen={chosen} />
              </Suspense>
              <SweepTable sweep={state.sweep} title={title} shown={numbers} />
            </>
          )}
          {state.sweep.note === null ? null : (
            <Text size="sm" c="dimmed" mt="xs">
              {state.sweep.note}
            </Text>
          )}
        </div>
      );
    default:
      return assertNever(state);
  }
}
