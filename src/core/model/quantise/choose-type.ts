import { assertNever } from '../../assert-never';
import { tensorTypeNamed } from '../tensor-types';
import type { Quant } from './quants';
import type { TensorCategory } from './tensor-category';

/** What the rules ask of a model. */
export interface QuantisedModel {
  /** Heads of the first layer that share one key; 0 where it has no attention. */
  readonly headsPerKey: number;
  readonly experts: number;
  /** Blocks, those that predict ahead among them. */
  readonly blocks: number;
  /** Llama and Qwen 2 of 70 billion parameters, to which one rule is special. */
  readonly isSeventyBillion: boolean;
  readonly tiedEmbeddings: boolean;
  /** Tensors in the file that count as values. */
  readonly valueTensors: number;
}

/** Where in the model a tensor is. */
export interface Place {
  readonly category: TensorCategory;
  readonly dimensions: readonly number[];
  /** How many of its category came before. */
  readonly order: number;
  /** Its block in a mixture, elsewhere its order: in mixtures a block may have several of a category. */
  readonly layer: number;
}

/** Rules by quantisation; one that is missing leaves the start type. */
type Rules = Partial<Record<Quant, (place: Place, model: QuantisedModel) => string | null>>;

/**
 * The type that llama-quantize gives a tensor when it has no importance matrix (v0.5.0 `src/llama-quant.cpp:
 * llama_tensor_get_type_impl`), before rows that do not fit are considered. `start` is the quantisation's own type.
 */
export function chooseType(quant: Quant, start: string, place: Place, model: QuantisedModel): string {
  if (place.category === 'output' || (model.tiedEmbeddings && place.category === 'token-embedding')) {
    return outputType(quant, start, place);
  }
  if (quant === 'MXFP4_MOE') return (place.dimensions[2] ?? 1) > 1 ? 'mxfp4' : 'q8_0';
  if (place.category === 'token-embedding') return embeddingTypes[quant] ?? start;
  if (lowBits.has(quant)) return lowBitType(quant, place, model) ?? start;
  switch (place.category) {
    case 'value':
      return valueType(quant, start, place, model);
    case 'key':
      return model.experts === 8 ? 'q8_0' : (keyAndQueryTypes[quant] ?? start);
    case 'query':
      return keyAndQueryTypes[quant] ?? start;
    case 'down':
      return downRules[quant]?.(place, model) ?? start;
    case 'attention-output':
      if (model.experts === 8) return raisedWithEightExperts.has(quant) ? 'q5_K' : start;
      return attentionOutputTypes[quant] ?? start;
    case 'gate':
    case 'up':
      return quant === 'IQ3_XS' && inTheMiddle(place.layer, model.blocks) ? 'iq3_xxs' : start;
    case 'other':
      return start;
    default:
      return assertNever(place.category);
  }
}

const lowBits: ReadonlySet<Quant> = new Set(['IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'IQ2_M', 'IQ1_S', 'IQ1_M']);
const upperLowBits: ReadonlySet<Quant> = new Set(['IQ2_S', 'IQ2_M']);

function outputType(quant: Quant, start: string, place: Place): string {
  if (quant === 'MXFP4_MOE') return 'q8_0';
  if (place.dimensions[0]! % (tensorTypeNamed(start)?.block ?? 1) !== 0) return 'q8_0';
  if (lowBits.has(quant) || quant === 'IQ3_XXS') return 'q5_K';
  return start === 'q8_0' ? start : 'q6_K';
}

const embeddingTypes: Partial<Record<Quant, string>> = {
  IQ2_XXS: 'q2_K',
  IQ2_XS: 'q2_K',
  IQ1_S: 'q2_K',
  IQ1_M: 'q2_K',
  IQ2_S: 'iq3_s',
  IQ2_M: 'iq3_s',
  IQ3_XXS: 'iq3_s',
  TQ1_0: 'q4_K',
  TQ2_0: 'q4_K',
  Q2_0: 'q4_K',
};

function lowBitType(quant: Quant, place: Place, model: QuantisedModel): string | null {
  const better = upperLowBits.has(quant) ? 'iq3_s' : 'q2_K';
  switch (place.category) {
    case 'value':
      return model.headsPerKey >= 4 || model.experts >= 4 ? 'q4_K' : better;
    case 'key':
      return model.experts === 8 ? 'q4_K' : null;
    case 'down':
      // The order counts here, not the block, in mixtures too: so llama-quantize does it.
      return place.order < Math.floor(model.blocks / 8) ? better : null;
    case 'attention-output':
      if (model.experts === 8) return 'q5_K';
      if (quant === 'IQ1_S' || quant === 'IQ1_M') return 'iq2_xxs';
      return upperLowBits.has(quant) ? 'iq3_s' : null;
    case 'query':
    case 'gate':
    case 'up':
    case 'other':
    case 'output':
    case 'token-embedding':
      return null;
    default:
      return assertNever(place.category);
  }
}

function valueType(quant: Quant, start: string, place: Place, model: QuantisedModel): string {
  // With eight experts the values are a small part: more bits cost some 128 MB in all.
  if (model.experts === 8) return 'q8_0';
  const type = valueRules[quant]?.(place, model) ?? start;
  return model.isSeventyBillion && (type === 'q3_K' || type === 'q4_K') ? 'q5_K' : type;
}

const whereShared =
  (type: string, otherwise: string | null = null) =>
  (_place: Place, model: QuantisedModel): string | null =>
    model.headsPerKey >= 4 ? type : otherwise;

const valueRules: Rules = {
  Q2_K: whereShared('q4_K', 'q3_K'),
  Q2_K_S: whereShared('q4_K'),
  IQ3_XXS: whereShared('q4_K', 'iq3_s'),
  IQ3_XS: whereShared('q4_K'),
  IQ3_S: whereShared('q4_K'),
  IQ3_M: () => 'q4_K',
  Q3_K_M: (place) => (place.order < 2 ? 'q5_K' : 'q4_K'),
  Q3_K_L: () => 'q5_K',
  IQ4_NL: whereShared('q5_K'),
  IQ4_XS: whereShared('q5_K'),
  Q4_K_M: (place, model) => (deservesMore(place.order, model.valueTensors) ? 'q6_K' : null),
  Q5_K_M: (place, model) => (deservesMore(place.order, model.valueTensors) ? 'q6_K' : null),
  Q4_K_S: (place) => (place.order < 4 ? 'q5_K' : null),
};

const keyAndQueryTypes: Partial<Record<Quant, string>> = { IQ3_XS: 'iq3_xxs', IQ3_XXS: 'iq2_s' };

const whereEarly =
  (type: string, otherwise: string | null = null) =>
  (place: Place, model: QuantisedModel): string | null =>
    place.layer < Math.floor(model.blocks / 8) ? type : otherwise;

const downRules: Rules = {
  Q2_K: () => 'q3_K',
  Q2_K_S: whereEarly('q4_K'),
  IQ3_XXS: whereEarly('q4_K', 'q3_K'),
  Q3_K_M: (place, model) => (place.layer < Math.floor(model.blocks / 16) ? 'q5_K' : 'q4_K'),
  IQ3_M: (place, model) =>
    model.experts === 8 && deservesMore(place.layer, model.blocks)
      ? 'q4_K'
      : whereEarly('q4_K')(place, model),
  Q3_K_L: () => 'q5_K',
  Q4_K_M: (place, model) => (deservesMore(place.layer, model.blocks) ? 'q6_K' : null),
  Q5_K_M: (place, model) => (deservesMore(place.layer, model.blocks) ? 'q6_K' : null),
  Q4_K_S: whereEarly('q5_K'),
  IQ4_NL: whereEarly('q5_K'),
  IQ4_XS: whereEarly('q5_K'),
};

const attentionOutputTypes: Partial<Record<Quant, string>> = {
  Q2_K: 'q3_K',
  IQ3_XXS: 'iq3_s',
  Q3_K_M: 'q4_K',
  IQ3_M: 'q4_K',
  Q3_K_L: 'q5_K',
};

const raisedWithEightExperts: ReadonlySet<Quant> = new Set([
  'Q2_K',
  'IQ3_XS',
  'IQ3_XXS',
  'Q3_K_S',
  'Q3_K_M',
  'IQ4_NL',
  'Q4_K_S',
  'Q4_K_M',
  'IQ3_S',
  'IQ3_M',
  'IQ4_XS',
]);

/** The first and last eighth of the layers, and every third between them (`use_more_bits`). */
function deservesMore(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

function inTheMiddle(layer: number, layers: number): boolean {
  return layer >= Math.floor(layers / 8) && layer < Math.floor((7 * layers) / 8);
}
