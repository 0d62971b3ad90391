import { ExpectedError } from '../../contract/errors';
import { calculate, CalculatorError, type Calculation, type RawInputs } from '../../core/calc/calculate';
import { followsFromModel } from '../../core/calc/inputs-of-model';
import { calculationModes, modelFormats, precisions } from '../../core/calc/precision';
import { calculators, pcieGenerations, type Calculator } from '../../core/calc/schema';
import type { Model } from '../../core/model/schema';
import { calculationText } from '../../core/report/calc-text';
import { printResult, type CliCommand, type OptionMeta } from '../command';
import { exitStatus } from '../exit-status';
import { numberFrom, wholeNumber } from '../option-values';

type CalcOptions = Readonly<Record<string, unknown>> & { readonly model?: string };

const MOST = 2 ** 52;
const number = numberFrom(0);
const whole = wholeNumber(0, MOST);

const options: readonly OptionMeta[] = [
  {
    flags: '--model <ref>',
    description: 'take what follows from this model, and show the exact figures too',
  },
  { flags: '--params-billion <n>', description: 'parameters, in billions', parse: number },
  { flags: '--kv-cache-mb-per-token <mb>', description: 'KV cache of one token at 16 bits', parse: number },
  { flags: '--context-tokens <n>', description: 'context; default: 8192', parse: whole },
  { flags: '--gpu-vram-gb <gb>', description: 'memory of the GPU', parse: number },
  { flags: '--quantization <precision>', description: 'precision of the weights', choices: precisions },
  {
    flags: '--overhead-factor <share>',
    description: 'vram: share for the runtime; default: 0.3',
    parse: number,
  },
  {
    flags: '--calculation-mode <mode>',
    description: 'vram: padding of the KV cache',
    choices: calculationModes,
  },
  { flags: '--num-layers <n>', description: 'layers of the model', parse: whole },
  { flags: '--safety-margin-gb <gb>', description: 'layers: left free; default: 1', parse: number },
  {
    flags: '--model-format <format>',
    description: 'layers, cpu-offload: format of the file',
    choices: modelFormats,
  },
  { flags: '--system-ram-gb <gb>', description: 'cpu-offload: host memory; default: 32', parse: number },
  { flags: '--pcie-generation <gen>', description: 'cpu-offload: default 4.0', choices: pcieGenerations },
  { flags: '--total-available-mb <mib>', description: 'budget: memory to use', parse: whole },
  { flags: '--model-params <n>', description: 'budget: parameters', parse: whole },
  { flags: '--bits-per-weight <bits>', description: 'budget: bits of a weight', parse: number },
  { flags: '--num-heads <n>', description: 'budget: heads that are cached', parse: whole },
  { flags: '--head-dim <n>', description: 'budget: numbers of a head', parse: whole },
];

/** Context of a calculation that says none: the planner's own. */
const DEFAULT_CONTEXT = 8192;

export const calc: CliCommand<CalcOptions> = {
  meta: {
    name: 'calc',
    summary: 'Work out rules of thumb, with the exact figures beside them.',
    argument: { name: 'calculator', description: calculators.join(', ') },
    options,
  },
  async handler(context, given, name) {
    const calculator = calculatorNamed(name);
    const model =
      given.model === undefined ? null : await context.call('model.read', { reference: given.model });
    const calculation = calculateFor(calculator, inputsFrom(given), model);
    printResult(context, calculation, () => calculationText(calculation, context.terminal));
    return exitStatus.done;
  },
};

function calculatorNamed(name: string): Calculator {
  const found = calculators.find((each) => each === name);
  if (found !== undefined) return found;
  throw new ExpectedError(
    'usage',
    `There is no calculator "${name}".`,
    `Name one of ${calculators.join(', ')}.`,
  );
}

function calculateFor(calculator: Calculator, inputs: RawInputs, model: Model | null): Calculation {
  try {
    return calculate(calculator, inputs, model);
  } catch (error) {
    if (!(error instanceof CalculatorError)) throw error;
    const option = `--${error.field.replaceAll('_', '-')}`;
    throw new ExpectedError(
      'usage',
      error.message.replace(error.field, option),
      model === null && followsFromModel(error.field)
        ? `Give ${option}, or --model, from which it follows.`
        : `Give ${option}.`,
    );
  }
}

/** Options under the names that the calculators have for them. */
function inputsFrom(given: CalcOptions): RawInputs {
  const named = Object.entries(given)
    .filter(([key]) => key !== 'model' && key !== 'json')
    .map(([key, value]) => [key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);
  return { context_tokens: DEFAULT_CONTEXT, ...Object.fromEntries(named) };
}
