import { assertNever } from '../../core/assert-never';
import {
  judgeFailure,
  judgeQuery,
  type SmiAnswer,
  type SmiFailure,
} from '../../core/reading/nvidia-smi-answer';
import {
  fieldsInHelp,
  queryArguments,
  WANTED_FIELDS,
  type SmiField,
} from '../../core/reading/nvidia-smi-query';
import type { SmiRow } from '../../core/reading/nvidia-smi-rows';
import type { ProgramResult } from '../exec';
import { runNvidiaSmi } from './nvidia-smi';

/** What asking for all cards came to. */
export type SmiCards =
  | {
      readonly kind: 'cards';
      readonly rows: readonly SmiRow[];
      /** Messages about cards that did not answer, and lines that are no card. */
      readonly complaints: readonly string[];
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly failure: SmiFailure };

interface Fields {
  readonly kind: 'fields';
  readonly fields: readonly SmiField[];
}

type Run = (args: readonly string[]) => Promise<ProgramResult>;

/** One unknown field fails the whole query: as many are dropped, one by one, before giving up. */
const MAX_RETRIES = 8;
/** Cards that are asked one by one where one of them is lost. */
const MAX_CARDS = 32;

/**
 * Asks nvidia-smi for every card: only the fields that it says it knows, and one card after the other where a lost one
 * keeps the healthy ones from being shown.
 */
export async function readCards(program: string, signal: AbortSignal): Promise<SmiCards> {
  const run: Run = (args) => runNvidiaSmi(program, args, signal);
  const start = await askForFields(run);
  if (start.kind !== 'fields') return start;
  const { answer, known } = await query(run, start.fields, null);
  switch (answer.kind) {
    case 'rows':
      return { kind: 'cards', rows: answer.rows, complaints: answer.strange };
    case 'no-devices':
      return { kind: 'none' };
    case 'card-lost':
      return oneByOne(run, known, answer.message);
    case 'unknown-field':
      return failed(`error: nvidia-smi refuses the field "${answer.field}"`, 'Update the NVIDIA driver.');
    case 'failed':
      return answer;
    default:
      return assertNever(answer);
  }
}

/** The fields to ask for; an outcome where not even the help could be had because the driver is not there. */
async function askForFields(run: Run): Promise<Fields | SmiCards> {
  const help = await run(['--help-query-gpu']);
  if (help.kind !== 'exited') return failed(...whyNotEnded(help));
  if (help.code === 0) return { kind: 'fields', fields: fieldsInHelp(help.stdout) };
  const answer = judgeFailure(help.code, help.stdout, help.stderr);
  const isAboutTheOption = answer.kind === 'failed' && answer.failure.reason.startsWith('error:');
  if (isAboutTheOption) return { kind: 'fields', fields: WANTED_FIELDS };
  return answer.kind === 'no-devices' ? { kind: 'none' } : answer;
}

async function query(
  run: Run,
  wanted: readonly SmiField[],
  card: number | null,
): Promise<{ readonly answer: SmiAnswer; readonly known: readonly SmiField[] }> {
  let fields = wanted;
  for (let retry = 0; ; retry += 1) {
    const answer = answerOf(await run(queryArguments(fields, card)), fields);
    if (answer.kind !== 'unknown-field' || retry === MAX_RETRIES) return { answer, known: fields };
    const fewer = fields.filter((field) => field !== answer.field);
    if (fewer.length === fields.length || answer.field === 'name') return { answer, known: fields };
    fields = fewer;
  }
}

function answerOf(result: ProgramResult, fields: readonly SmiField[]): SmiAnswer {
  if (result.kind === 'exited') return judgeQuery(result.code, result.stdout, result.stderr, fields);
  return failed(...whyNotEnded(result));
}

/** Every card by its index, until there is no such index or nvidia-smi itself fails. */
async function oneByOne(run: Run, fields: readonly SmiField[], firstMessage: string): Promise<SmiCards> {
  const rows: SmiRow[] = [];
  const complaints: string[] = [];
  for (let card = 0; card < MAX_CARDS; card += 1) {
    const { answer } = await query(run, fields, card);
    if (answer.kind === 'no-devices') break;
    if (answer.kind === 'rows') rows.push(...answer.rows);
    else complaints.push(complaintOf(answer));
    if (answer.kind === 'failed' && /^(timeout|no-)/.test(answer.failure.reason)) break;
  }
  if (rows.length > 0) return { kind: 'cards', rows, complaints };
  return failed(`gpu-lost: ${firstMessage}`, 'Restart the machine to recover the GPU.');
}

function complaintOf(answer: Exclude<SmiAnswer, { kind: 'rows' | 'no-devices' }>): string {
  switch (answer.kind) {
    case 'card-lost':
      return answer.message;
    case 'unknown-field':
      return `nvidia-smi refuses the field "${answer.field}"`;
    case 'failed':
      return answer.failure.reason;
    default:
      return assertNever(answer);
  }
}

function failed(reason: string, remedy: string): { readonly kind: 'failed'; readonly failure: SmiFailure } {
  return { kind: 'failed', failure: { reason, remedy } };
}

/** Reason and remedy of a run that did not end by itself. */
function whyNotEnded(
  result: Exclude<ProgramResult, { kind: 'exited' }>,
): readonly [reason: string, remedy: string] {
  switch (result.kind) {
    case 'missing':
      return ['no-tool: nvidia-smi could not be started', 'Install the NVIDIA driver again.'];
    case 'denied':
      return [`permission: ${result.message}`, 'Make nvidia-smi a program that this user may run.'];
    case 'timeout':
      return [
        'timeout: nvidia-smi did not answer within 10 s',
        'The driver hangs: look for Xid messages in the kernel log and restart the machine.',
      ];
    case 'cancelled':
      return ['cancelled', 'Measure again.'];
    case 'killed':
      return [`error: nvidia-smi was ended by ${result.signal}`, 'Install the NVIDIA driver again.'];
    case 'too-much-output':
      return [
        'error: nvidia-smi printed more than 8 MiB',
        'Run nvidia-smi in a terminal and see what it prints.',
      ];
    default:
      return assertNever(result);
  }
}
