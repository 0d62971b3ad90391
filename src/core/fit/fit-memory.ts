import { partsOf } from '../plan/memory';
import type { Settings } from '../plan/settings';
import type { Bytes } from '../units';
import type { FitQuestion } from './fit-question';

/** What one device or the host takes, as `--fit` adds it up: no output buffer, no context of the driver. */
export interface FitMemory {
  readonly model: Bytes;
  readonly total: Bytes;
}

/** By device in use, the host last. */
export type FitRows = readonly FitMemory[];

/** What cannot be asked, because the model's own memory is not known. */
export class UnknownMemory extends Error {
  override readonly name = 'UnknownMemory';
}

/** The planner's answer in place of llama.cpp's dry run. Throws UnknownMemory. */
export function measure({ model }: FitQuestion, settings: Settings): FitRows {
  return partsOf(model, settings).rows.map(({ device, model: weights, context, compute }) => {
    if (weights === null || context === null || compute === null) throw new UnknownMemory(device);
    return { model: weights, total: weights + context + compute };
  });
}
