import { z } from 'zod';
import type { Model } from '../model/schema';

const size = z.number().positive();
const modelsSchema = z.looseObject({
  data: z.array(z.looseObject({ meta: z.looseObject({ n_embd: size, n_params: size, size }) })).min(1),
});

/** What a running server says of its model. */
export interface ServedModel {
  readonly embedding: number;
  /** Elements of all tensors. */
  readonly parameters: number;
  /** Bytes of all tensors. */
  readonly bytes: number;
}

/** For tensors that follow from a config: converters differ in small ones, such as those of the rope. */
const TOLERANCE = 0.02;

/** The model in an answer of `/v1/models`; null where it is not there, as of an old server. */
export function parseServedModels(value: unknown): ServedModel | null {
  const parsed = modelsSchema.safeParse(value);
  if (!parsed.success) return null;
  const { n_embd: embedding, n_params: parameters, size: bytes } = parsed.data.data[0]!.meta;
  return { embedding, parameters, bytes };
}

/** How the model that is served is another than this one, as part of a sentence; null where it is none. */
export function otherThan(served: ServedModel, model: Model): string | null {
  const elements = sum(
    model.tensors.map(({ dimensions }) => dimensions.reduce((product, each) => product * each, 1)),
  );
  const bytes = sum(model.tensors.map((tensor) => tensor.bytes));
  if (model.embedding_length !== null && served.embedding !== model.embedding_length) {
    return `an embedding of ${served.embedding} instead of ${model.embedding_length}`;
  }
  const tolerance = model.source.tensors === 'read' ? 0 : TOLERANCE;
  if (apart(served.parameters, elements, tolerance)) {
    return `${grouped(served.parameters)} parameters instead of ${grouped(elements)}`;
  }
  if (apart(served.bytes, bytes, tolerance)) {
    return `${grouped(served.bytes)} bytes of weights instead of ${grouped(bytes)}, another quantisation`;
  }
  return null;
}

function apart(served: number, own: number, tolerance: number): boolean {
  return own > 0 && Math.abs(served - own) > tolerance * own;
}

/** A whole number with commas between thousands. */
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/gu, ',');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
