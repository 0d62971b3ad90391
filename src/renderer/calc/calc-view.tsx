import { SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useDeferredValue, useMemo } from 'react';
import { calculators, type Calculator } from '../../core/calc/schema';
import { Panel } from '../parts/panel';
import { ModelPanel } from '../plan/model-panel';
import type { ModelStore } from '../state/use-model';
import { useStored } from '../state/use-stored';
import { CalculationTable } from './calculation-table';
import { CalculatorInputs } from './calculator-inputs';
import { calculatorTitles } from './calculator-fields';
import { workOut, type Typed } from './work-out';

interface CalcViewProps {
  readonly modelStore: ModelStore;
  readonly fileDialogs: boolean;
}

/** The usual rules of thumb, worked out while one types, with the planner's exact figures beside them. */
export function CalcView({ modelStore, fileDialogs }: CalcViewProps) {
  const [calculator, setCalculator] = useStored<Calculator>('plimsoll-calculator', 'vram', acceptCalculator);
  const [typed, setTyped] = useStored<Typed>('plimsoll-calculator-inputs', {}, acceptTyped);
  const { model } = modelStore;
  const asked = useDeferredValue(useMemo(() => ({ calculator, typed, model }), [calculator, typed, model]));
  const result = useMemo(() => workOut(asked.calculator, asked.typed, asked.model), [asked]);
  return (
    <Stack gap="md">
      <Title order={1} size="h2">
        Rules of thumb
      </Title>
      <ModelPanel store={modelStore} fileDialogs={fileDialogs} />
      <Panel title="Calculator">
        <Stack gap="lg">
          <SegmentedControl
            aria-label="Calculator"
            data={calculators.map((value) => ({ value, label: calculatorTitles[value] }))}
            value={calculator}
            onChange={(value) => setCalculator(value)}
          />
          <CalculatorInputs
            calculator={calculator}
            typed={typed}
            model={model}
            onChange={(name, value) => setTyped((before) => ({ ...before, [name]: value }))}
          />
        </Stack>
      </Panel>
      <Panel title="Result" note="rule of thumb beside exact">
        <div aria-live="polite">
          {result.kind === 'done' ? (
            <CalculationTable calculation={result.calculation} />
          ) : (
            <Text c="dimmed">{result.message} Choose a model to have it filled in.</Text>
          )}
        </div>
      </Panel>
    </Stack>
  );
}

function acceptCalculator(stored: unknown): Calculator | null {
  return calculators.find((each) => each === stored) ?? null;
}

function acceptTyped(stored: unknown): Typed | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const valid = Object.entries(stored).filter(
    ([, value]) => typeof value === 'number' || typeof value === 'string',
  );
  return Object.fromEntries(valid);
}
