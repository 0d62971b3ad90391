import { rm } from 'node:fs/promises';
import type { ParsedInput } from '../../contract/commands';
import type { Task } from '../../contract/dispatcher';
import { ExpectedError } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Receipt } from '../../core/receipt/schema';
import { ballastPath } from '../../host/run/ballast-folder';
import { readModel } from '../read-model';
import { writeBallastOf } from '../write-ballast';

/** A stand-in that is there for as long as a trial runs. */
export interface WrittenBallast {
  readonly path: string;
  /** Blocks in the file, and in the model. */
  readonly layers: number;
  readonly of: number;
}

/** Writes a stand-in of a model, hands it over, and removes it whatever happens. Throws ExpectedError. */
export async function withBallast<Result>(
  reference: string,
  layers: number | null,
  task: Task,
  dataDirectory: string,
  run: (ballast: WrittenBallast) => Promise<Result>,
): Promise<Result> {
  const out = ballastPath(dataDirectory);
  try {
    const wish = { reference, quant: null, layers, out, seed: 0 };
    const written = await writeBallastOf(wish, task, dataDirectory);
    return await run({ path: written.path, layers: written.layers, of: written.block_count });
  } finally {
    await rm(out, { force: true }).catch(() => {});
  }
}

/** Several stand-ins at once, of so many layers each (null: all). */
export async function withBallasts<Result>(
  reference: string,
  layers: readonly (number | null)[],
  task: Task,
  dataDirectory: string,
  run: (ballasts: readonly WrittenBallast[]) => Promise<Result>,
): Promise<Result> {
  const [first, ...rest] = layers;
  if (first === undefined) return run([]);
  return withBallast(reference, first, task, dataDirectory, (ballast) =>
    withBallasts(reference, rest, task, dataDirectory, (others) => run([ballast, ...others])),
  );
}

/** The model that a ballast stands for. Throws ExpectedError where nothing names it. */
export function modelBehind(
  { reference, plan }: Pick<ParsedInput<'trial.run'>, 'reference' | 'plan'>,
  task: Task,
  dataDirectory: string,
): Promise<Model> {
  const name = reference ?? plan?.model.locator;
  if (name !== undefined) return readModel(name, task.signal, dataDirectory);
  throw new ExpectedError('no-model', 'Nothing was named to stand in for.', 'Give a model.');
}

/** What is asked of a part of the layers: as large a share of them on each device as of the whole. */
export function requestOfPart(request: PlanRequest, { layers, of }: WrittenBallast): PlanRequest {
  const share = (count: number | null): number | null =>
    count === null ? null : count > of ? layers + 1 : Math.round((count * layers) / of);
  return {
    ...request,
    gpu_layers: share(request.gpu_layers),
    cpu_moe_layers: share(request.cpu_moe_layers),
  };
}

/** Blocks of the part that a receipt was measured on. */
export function layersOf({ model }: Receipt): number {
  return Number(model.shape?.split(' ').at(-2) ?? 1);
}
