import type { Finding } from '../../finding';

/** A tensor as a header lists it: outermost dimension first, place counted from the start of the data. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** What the header of one safetensors file says, or those of all files of a model. */
export interface SafetensorsFile {
  readonly tensors: readonly SafetensorsTensor[];
  readonly fileBytes: number;
  readonly findings: readonly Finding[];
}
