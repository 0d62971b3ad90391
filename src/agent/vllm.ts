import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { ExportError } from '../core/export/export-error';
import type { Artifact } from '../core/vllm/artifacts/serving';
import { artifactsOf } from '../core/vllm/artifacts/artifacts';
import { cardsOfProfile } from '../core/vllm/cards';
import { pickCards, UnknownCardError } from '../core/vllm/pick-cards';
import { planVllm, recommendVllm } from '../core/vllm/plan-vllm';
import type { Card, VllmPlan } from '../core/vllm/schema';
import { saveNewText } from '../host/store/save-new-text';
import { saveText } from '../host/store/save-text';
import { readCatalog } from './catalog';
import { expectingProfileErrors } from './profile-errors';
import { currentProfile } from './profiles';
import { readModel } from './read-model';

/** A vLLM deployment of a model: as asked, or with what is recommended settled. Throws ExpectedError. */
export async function planVllmOf(
  input: ParsedInput<'vllm.plan'>,
  { signal }: Task,
  dataDirectory: string,
): Promise<VllmPlan> {
  const model = await readModel(input.reference, signal, dataDirectory);
  const cards = await cardsFor(input, dataDirectory);
  return (input.recommend ? recommendVllm : planVllm)(model, cards, input.request);
}

/** The files that start a deployment, written where `out` names a folder. Throws ExpectedError. */
export async function generateVllm(
  input: ParsedInput<'vllm.generate'>,
  task: Task,
  dataDirectory: string,
): Promise<CommandOutput<'vllm.generate'>> {
  const plan = await planVllmOf(input, task, dataDirectory);
  const made = expectingWritable(() => artifactsOf(plan, input.serving, input.kinds, input.shell));
  const artifacts =
    input.out === null
      ? made.map((artifact) => ({ ...artifact, path: null }))
      : await writeArtifacts(made, resolve(input.out), input.force);
  return { plan, artifacts: [...artifacts] };
}

function expectingWritable<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ExportError) throw new ExpectedError('usage', error.message, error.remedy);
    throw error;
  }
}

async function cardsFor(
  { gpus, profile, catalogs }: ParsedInput<'vllm.plan'>,
  dataDirectory: string,
): Promise<readonly Card[] | null> {
  const catalog = await readCatalog(catalogs, dataDirectory);
  if (gpus !== null) return expectingKnownCards(() => pickCards(gpus, catalog.gpus));
  const machine = profile ?? (await currentProfile(dataDirectory)).profile;
  if (machine !== null) return cardsOfProfile(machine, catalog.gpus);
  throw new ExpectedError(
    'no-profile',
    'This machine was not measured yet, and no cards were named.',
    'Run `plimsoll probe --quick`, or name cards with --gpus, e.g. --gpus 2xh100-sxm (`plimsoll catalog gpus` lists them).',
  );
}

function expectingKnownCards<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof UnknownCardError)) throw error;
    throw new ExpectedError(
      'invalid-input',
      error.message,
      'See `plimsoll catalog gpus`, or describe your own with --catalog FILE.',
      { card: error.card },
    );
  }
}

/** All or none: a name that is taken is told before anything is written. */
async function writeArtifacts(
  artifacts: readonly Artifact[],
  folder: string,
  force: boolean,
): Promise<CommandOutput<'vllm.generate'>['artifacts']> {
  const files = artifacts.map((artifact) => ({ ...artifact, path: join(folder, artifact.file_name) }));
  if (!force) {
    for (const { path } of files) if (await isTaken(path)) throw alreadyThere(path);
  }
  await expectingProfileErrors(async () => {
    for (const { path, text } of files) {
      if (force) await saveText(path, text);
      else if (!(await saveNewText(path, text))) throw alreadyThere(path);
    }
  });
  return files;
}

async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function alreadyThere(path: string): ExpectedError {
  return new ExpectedError(
    'already-there',
    `${path} is there already; nothing was written over it.`,
    'Name another folder with --out, or give --force to replace it.',
    { path },
  );
}
