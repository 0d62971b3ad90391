import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Task } from '../contract/dispatcher';
import { toFailure } from '../contract/errors';
import type { FoundModel } from '../contract/records';
import { modelFromGguf } from '../core/model/gguf/model-from-gguf';
import type { Model } from '../core/model/schema';
import { planModel } from '../core/plan/plan-model';
import { planRequestSchema } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { inParallel } from '../host/read/in-parallel';
import { readModelFile } from '../host/read/model-file';
import { loadFacts, planKey, saveFacts, type FoundFacts, type KeptFacts } from './found-facts';
import { listModelFiles, type ListedFile } from './list-model-files';
import { toExpected } from './model-errors';
import { refuseAdapter } from './reference-errors';
import { readModel } from './read-model';
import { currentProfile } from './profiles';

export interface FindOptions {
  readonly dataDirectory: string;
  readonly version: string;
  /** Whether verdicts are wanted, not only what the files are. */
  readonly judged: boolean;
}

/** Headers read at once: enough to keep a disk busy, few enough that none waits for memory. */
const AT_ONCE = 8;
/** Progress is told after so many files. */
const STEP = 25;

/**
 * The model files in the usual folders of this machine and below `directories`, with what their headers say and the verdict of the
 * current profile. What is known of a file that has not changed is kept in the data folder. A file that cannot be read is listed with
 * the reason. Throws ExpectedError for a given folder that is not there, or AbortError.
 */
export async function findModels(
  directories: readonly string[],
  task: Task,
  { dataDirectory, version, judged }: FindOptions,
): Promise<readonly FoundModel[]> {
  const { signal } = task;
  const files = await listModelFiles(directories, signal);
  const profile = judged ? await profileIn(dataDirectory) : null;
  const known = await loadFacts(dataDirectory);
  const judge = { profile, key: profile === null ? null : planKey(profile, version) };
  const facts = new Map<string, KeptFacts>();
  let news = false;
  try {
    await inParallel(files, AT_ONCE, async (file, index) => {
      signal.throwIfAborted();
      const kept = stillTrue(known.get(file.path), file, judge.key);
      if (kept === null && index % STEP === 0) {
        task.progress({ step: 'read', label: 'Reading the models', fraction: index / files.length });
      }
      news ||= kept === null;
      facts.set(file.path, kept ?? (await readFacts(file, judge, signal)));
    });
  } finally {
    if (news) await saveFacts(dataDirectory, facts, known);
  }
  return files.map((file) => foundModel(file, facts.get(file.path)!, profile !== null));
}

/** A profile that cannot be read leaves verdicts unknown; other commands say what is wrong with it. */
async function profileIn(dataDirectory: string): Promise<Profile | null> {
  return currentProfile(dataDirectory).then(
    ({ profile }) => profile,
    () => null,
  );
}

interface Judge {
  readonly profile: Profile | null;
  readonly key: string | null;
}

/** Failures that may be over although the file has not changed. */
const passing = new Set(['permission', 'unreadable', 'missing-part', 'not-found', 'internal']);

function stillTrue(kept: KeptFacts | undefined, file: ListedFile, key: string | null): KeptFacts | null {
  if (kept === undefined || kept.bytes !== file.bytes || kept.changed_ms !== file.changedMs) return null;
  if (kept.facts.failure !== null) return passing.has(kept.facts.failure.code) ? null : kept;
  return key === null || kept.plan?.key === key ? kept : null;
}

async function readFacts(file: ListedFile, judge: Judge, signal: AbortSignal): Promise<KeptFacts> {
  const { bytes, changedMs: changed_ms } = file;
  try {
    const model = await modelOf(file, signal);
    await nextTurn();
    const facts = factsOf(model);
    const quant = file.isFolder ? `${facts.quant} (converted)` : facts.quant;
    return { bytes, changed_ms, facts: { ...facts, quant }, plan: planOf(model, judge) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = toFailure(toExpected(error, file.path));
    return { bytes, changed_ms, facts: { ...noFacts, failure: { code, message } }, plan: null };
  }
}

async function modelOf(file: ListedFile, signal: AbortSignal): Promise<Model> {
  if (file.isFolder) return readModel(file.path, signal);
  const { header, path } = await readModelFile(file.path, signal);
  refuseAdapter(header, file.path);
  return modelFromGguf(header, file.name, path);
}

const noFacts: FoundFacts = {
  quant: null,
  architecture: null,
  context_trained: null,
  parameters: null,
  failure: null,
};

function factsOf({ quant, architecture, context_trained, parameters }: Model): FoundFacts {
  return { quant, architecture, context_trained, parameters: parameters.total, failure: null };
}

function planOf(model: Model, { profile, key }: Judge): KeptFacts['plan'] {
  if (profile === null || key === null) return null;
  const { verdict, decode } = planModel(model, profile, planRequestSchema.parse({}));
  return { key, verdict, decode_tok_s: decode.forecast_tok_s };
}

function foundModel(file: ListedFile, { facts, plan }: KeptFacts, hasProfile: boolean): FoundModel {
  const { name, reference, path, bytes, origin } = file;
  const judged = hasProfile ? plan : null;
  const verdict = facts.failure === null ? (judged?.verdict ?? 'unknown') : null;
  return {
    name,
    reference,
    path,
    bytes,
    origin,
    ...facts,
    verdict,
    decode_tok_s: judged?.decode_tok_s ?? null,
  };
}
