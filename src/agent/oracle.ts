import { homedir } from 'node:os';
import { join } from 'node:path';
import { assertNever } from '../core/assert-never';
import { argumentsOf } from '../core/exact/plan-exact';
import { besideOracle, oracleQuestion } from '../core/exact/oracle';
import { exactSettings } from '../core/exact/exact-settings';
import { deviceBudgets } from '../core/plan/budgets';
import type { Model } from '../core/model/schema';
import { modelFile } from '../core/plan/model-file';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { parseFitParams } from '../core/reading/fit-params';
import { type ProgramResult, runProgram } from '../host/exec';
import { findProgram } from '../host/find-program';

/** A dry run takes 50 to 180 ms, several seconds on machines with many GPUs. */
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 2 ** 20;

/** Where builds of llama.cpp usually lie when PATH does not name them. */
function usualFolders(): readonly string[] {
  const home = homedir();
  const own = [home, '/opt', '/usr/local', '/usr/src', 'C:\\'].flatMap((folder) => [
    join(folder, 'llama.cpp', 'build', 'bin'),
    join(folder, 'llama.cpp', 'build', 'bin', 'Release'),
    join(folder, 'llama.cpp', 'bin'),
    join(folder, 'llama.cpp'),
  ]);
  return [join(home, '.local', 'bin'), '/usr/local/bin', '/opt/homebrew/bin', ...own];
}

/** The llama-fit-params of this machine; null where none was found. */
export function findOracle(): Promise<string | null> {
  return findProgram('llama-fit-params', usualFolders());
}

/**
 * The plan with what llama.cpp's own dry run says of its arguments, in a process of its own. Where it cannot be asked the plan
 * says why; it never fails for it. Throws only AbortError.
 */
export async function withOracle(
  plan: Plan,
  model: Model,
  profile: Profile,
  wanted: string | null,
  signal: AbortSignal,
): Promise<Plan> {
  const file = modelFile(model);
  if (!file.here)
    return skipped(plan, null, 'llama.cpp can only be asked about a model file that is on this machine.');
  const program = wanted === null ? await findOracle() : await findProgram(wanted, usualFolders());
  if (program === null) {
    const reason =
      wanted === null
        ? 'No llama-fit-params was found in PATH or the usual folders; name it with --oracle PATH.'
        : `There is no program ${wanted}.`;
    return skipped(plan, null, reason);
  }
  const question = questionOf(plan, model, profile, file.path);
  const result = await runProgram(program, question.argv, {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    // else it starts a debugger on itself when it gives up
    env: { GGML_NO_BACKTRACE: '1' },
    signal,
  });
  signal.throwIfAborted();
  const rows = result.kind === 'exited' && result.code === 0 ? parseFitParams(result.stdout) : null;
  if (rows === null) return skipped(plan, program, failureOf(result), question.argv);
  const { oracle, findings } = besideOracle(model, question, program, rows);
  return { ...plan, oracle, findings: [...plan.findings, ...findings] };
}

/** The plan's own line, read as llama.cpp reads it. */
function questionOf(plan: Plan, model: Model, profile: Profile, path: string) {
  const command = plan.commands[0]!;
  const given = argumentsOf(command.argv, command.tool);
  const { settings } = exactSettings(model, given, deviceBudgets(profile, plan.request));
  return oracleQuestion(path, given, settings);
}

function skipped(plan: Plan, program: string | null, reason: string, argv: readonly string[] = []): Plan {
  return { ...plan, oracle: { state: 'skipped', program, arguments: [...argv], rows: [], reason } };
}

function failureOf(result: ProgramResult): string {
  switch (result.kind) {
    case 'exited':
      return result.code === 0
        ? 'llama-fit-params printed nothing that this version understands.'
        : `llama-fit-params ended with status ${result.code}: ${lastWords(result.stderr)}`;
    case 'killed':
      return `llama-fit-params gave up (${result.signal}): ${lastWords(result.stderr)}`;
    case 'timeout':
      return `llama-fit-params did not answer within ${TIMEOUT_MS / 1000} seconds.`;
    case 'missing':
    case 'denied':
      return 'llama-fit-params could not be started.';
    case 'cancelled':
      return 'Cancelled.';
    case 'too-much-output':
      return 'llama-fit-params printed without end.';
    default:
      return assertNever(result);
  }
}

/** The last line of what it complained of, short enough for a sentence. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/\r?\n/u).filter((line) => /error|fail/iu.test(line));
  return (lines.at(-1) ?? 'it did not say why').slice(0, 300);
}
