import { resolve } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { BallastError } from '../core/ballast/ballast-error';
import { layoutBallast } from '../core/ballast/layout-ballast';
import { formatFileSize } from '../core/report/format';
import { StoreError } from '../host/store/store-error';
import { writeBallast } from '../host/write-ballast';
import { readModel } from './read-model';

/** Progress is told this often at most, in bytes. */
const STEP = 64 * 1024 ** 2;

/** Writes a stand-in of a model: its exact shape, random weights. Throws ExpectedError. */
export async function writeBallastOf(
  { reference, quant, layers, out, seed }: ParsedInput<'ballast.write'>,
  task: Task,
  dataDirectory: string,
): Promise<CommandOutput<'ballast.write'>> {
  const model = await readModel(reference, task.signal, dataDirectory);
  const path = resolve(out);
  try {
    const layout = layoutBallast(model, { quant, layers });
    const label = `Writing ${formatFileSize(layout.fileBytes)} to ${path}`;
    let told = -STEP;
    await writeBallast(path, layout, {
      seed,
      signal: task.signal,
      onProgress: (bytes) => {
        if (bytes - told < STEP) return;
        told = bytes;
        task.progress({ step: 'write', label, fraction: Math.min(1, bytes / layout.fileBytes) });
      },
    });
    return {
      path,
      model: model.name,
      quant: layout.quant,
      layers: layout.layers,
      block_count: layout.blockCount,
      tensors: layout.tensors.length,
      bytes: layout.fileBytes,
    };
  } catch (error) {
    if (error instanceof BallastError) {
      throw new ExpectedError(error.code, error.message, error.remedy, { reference });
    }
    if (error instanceof StoreError) {
      throw new ExpectedError(error.code, error.message, error.remedy, { path: error.path });
    }
    throw error;
  }
}
