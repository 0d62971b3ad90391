import type { z } from 'zod';
import { assertNever } from '../assert-never';
import type { Model } from '../model/schema';
import { offloadToCpu, type CpuOffloadResult } from './cpu-offload';
import { exactAnswer, type ExactAnswer, longestContext } from './exact';
import { inputsOfModel } from './inputs-of-model';
import { offloadLayers, type LayersResult } from './layer-offload';
import { estimateBudget, type MemoryBudget } from './memory-budget';
import {
  type BudgetInput,
  budgetInputSchema,
  type Calculator,
  type CpuOffloadInput,
  cpuOffloadInputSchema,
  type LayersInput,
  layersInputSchema,
  type VramInput,
  vramInputSchema,
} from './schema';
import { evaluatePair, type VramResult } from './vram';

/** What a budget holds by the planner: exact weights, and the longest context that ships. */
export interface ExactBudget {
  readonly model_weight_bytes: number;
  readonly max_context_length: number | null;
  readonly context_trained: number | null;
}

interface Answer<Name extends Calculator, Inputs, Rule, Exact> {
  readonly calculator: Name;
  /** How far the first of the two figures can be relied on. */
  readonly label: 'rule of thumb';
  readonly inputs: Inputs;
  readonly rule_of_thumb: Rule;
  /** The planner's figures for the same question; null without a model. */
  readonly exact: Exact | null;
}

export type Calculation =
  | Answer<'vram', VramInput, VramResult, ExactAnswer>
  | Answer<'layers', LayersInput, LayersResult, ExactAnswer>
  | Answer<'cpu-offload', CpuOffloadInput, CpuOffloadResult, ExactAnswer>
  | Answer<'budget', BudgetInput, MemoryBudget, ExactBudget>;

/** Inputs that a calculator cannot work with: which, and why. */
export class CalculatorError extends Error {
  readonly field: string;

  constructor(field: string, sentence: string) {
    super(sentence);
    this.name = 'CalculatorError';
    this.field = field;
  }
}

/** Inputs by the names of the schemas; those left undefined come from the model, else from the defaults. */
export type RawInputs = Readonly<Record<string, unknown>>;

/** Works a calculator out, with the planner's figures beside it where a model is given. Throws CalculatorError. */
export function calculate(calculator: Calculator, given: RawInputs, model: Model | null): Calculation {
  const raw = completed(given, model);
  const label = 'rule of thumb';
  switch (calculator) {
    case 'vram': {
      const inputs = parse(vramInputSchema, raw);
      return {
        calculator,
        label,
        inputs,
        rule_of_thumb: evaluatePair(inputs),
        exact: exactPair(inputs, model),
      };
    }
    case 'layers': {
      const inputs = parse(layersInputSchema, raw);
      const exact = exactLayers(inputs, model, null, inputs.safety_margin_gb);
      return { calculator, label, inputs, rule_of_thumb: offloadLayers(inputs), exact };
    }
    case 'cpu-offload': {
      const inputs = parse(cpuOffloadInputSchema, raw);
      const exact = exactLayers(inputs, model, inputs.system_ram_gb, 1);
      return { calculator, label, inputs, rule_of_thumb: offloadToCpu(inputs), exact };
    }
    case 'budget': {
      const inputs = parse(budgetInputSchema, raw);
      return {
        calculator,
        label,
        inputs,
        rule_of_thumb: estimateBudget(inputs),
        exact: exactBudget(inputs, model),
      };
    }
    default:
      return assertNever(calculator);
  }
}

/** The name and the figures of the model stand where nothing else was given. */
function completed(given: RawInputs, model: Model | null): RawInputs {
  const facts = model === null ? {} : { model: model.name, ...inputsOfModel(model) };
  return Object.fromEntries([...known(facts), ...known(given)]);
}

function known(values: object): [string, unknown][] {
  return Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
}

function parse<Schema extends z.ZodType>(schema: Schema, raw: RawInputs): z.output<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = String(issue.path[0]);
  if (raw[field] === undefined) throw new CalculatorError(field, `${field} is not given.`);
  const shown = JSON.stringify(raw[field]).slice(0, 40);
  throw new CalculatorError(field, `${field} cannot be ${shown}: ${issue.message}.`);
}

function exactPair(inputs: VramInput, model: Model | null): ExactAnswer | null {
  if (model === null) return null;
  return exactAnswer(model, {
    gpuGib: inputs.gpu_vram_gb,
    hostGib: null,
    context: inputs.context_tokens,
    marginGib: 0,
    allOnGpu: true,
  });
}

function exactLayers(
  inputs: { readonly gpu_vram_gb: number; readonly context_tokens: number },
  model: Model | null,
  hostGib: number | null,
  marginGib: number,
): ExactAnswer | null {
  if (model === null) return null;
  const { gpu_vram_gb: gpuGib, context_tokens: context } = inputs;
  return exactAnswer(model, { gpuGib, hostGib, context, marginGib, allOnGpu: false });
}

function exactBudget(inputs: BudgetInput, model: Model | null): ExactBudget | null {
  if (model === null) return null;
  return {
    model_weight_bytes: model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    max_context_length: longestContext(model, inputs.total_available_mb),
    context_trained: model.context_trained,
  };
}
