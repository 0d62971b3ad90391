import { calculate, CalculatorError, type Calculation, type RawInputs } from '../../core/calc/calculate';
import type { Calculator } from '../../core/calc/schema';
import type { Model } from '../../core/model/schema';
import { calculatorFields } from './calculator-fields';

/** What was typed, by field; null or absent: left empty. */
export type Typed = Readonly<Record<string, string | number | null>>;

export type WorkedOut =
  | { readonly kind: 'done'; readonly calculation: Calculation }
  | { readonly kind: 'incomplete'; readonly message: string };

/** Sizes that empty fields stand for; all other defaults are the calculators' own. */
const usualSizes = { context_tokens: 8192, gpu_vram_gb: 24, total_available_mb: 8192 } as const;

/** The calculation of what was typed; or what is still missing, by the name its field has on the page. */
export function workOut(calculator: Calculator, typed: Typed, model: Model | null): WorkedOut {
  try {
    return { kind: 'done', calculation: calculate(calculator, inputsFrom(calculator, typed), model) };
  } catch (error) {
    if (!(error instanceof CalculatorError)) throw error;
    const field = calculatorFields[calculator].find(({ name }) => name === error.field);
    return { kind: 'incomplete', message: error.message.replace(error.field, field?.label ?? error.field) };
  }
}

/** Only the fields of this calculator count, whatever was typed into others before. */
function inputsFrom(calculator: Calculator, typed: Typed): RawInputs {
  const own = calculatorFields[calculator].map(({ name }) => [name, typed[name] ?? undefined] as const);
  const given = own.filter(([, value]) => value !== undefined);
  return { ...usualSizes, ...Object.fromEntries(given) };
}
