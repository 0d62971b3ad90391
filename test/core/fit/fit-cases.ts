import { argumentsOf } from '../../../src/core/exact/plan-exact';
import { exactSettings } from '../../../src/core/exact/exact-settings';
import { fitArguments } from '../../../src/core/fit/fit-arguments';
import { fitModel } from '../../../src/core/fit/fit-model';
import { overflowPatterns } from '../../../src/core/fit/fit-placement';
import { type FitQuestion, SMALLEST_CONTEXT } from '../../../src/core/fit/fit-question';
import type { Model } from '../../../src/core/model/schema';
import { devicesInUse } from '../../../src/core/plan/settings';
import { MIB } from '../../../src/core/units';

/** One run of llama-fit-params. */
export interface FitCase {
  readonly model: string;
  /** What each stand-in for a GPU said it has free. */
  readonly free_mib: readonly number[];
  /** What the host said it has, where no stand-in was given. */
  readonly host_mib?: number;
  readonly args: string;
  readonly status: number;
  /** What it printed; neighbouring layers with the same override as `FIRST-LAST:FRACTION=BUFFER`. */
  readonly stdout: string;
}

/** What our replay says of a case, written as its `stdout` is. */
export function replay(model: Model, row: FitCase): { readonly status: number; readonly stdout: string } {
  const names = row.free_mib.map((_, position) => `RPC${position}`);
  const result = fitModel(questionOf(model, row));
  const words = fitArguments(model, result, names);
  return words === null ? { status: 1, stdout: '' } : { status: 0, stdout: shortened(words) };
}

function questionOf(model: Model, row: FitCase): FitQuestion {
  const own = new Set(['-fitt', '-fitc']);
  const words = row.args.split(' ').filter((word) => word !== '');
  const after = (flag: string): string | null => words[words.indexOf(flag) + 1] ?? null;
  const valueOf = (flag: string): string | null => (words.includes(flag) ? after(flag) : null);
  const rest = words.filter((word, at) => !own.has(word) && !own.has(words[at - 1] ?? ''));
  const given = argumentsOf([...rest, '--no-repack'], 'llama-fit-params');
  const free = row.free_mib.map((mib) => mib * MIB);
  const devices = free.map((freeBytes, position) => ({
    gpu: { vendor: 'nvidia', vram_free_mib: row.free_mib[position]! },
    position,
    ordinal: position,
    listed: null,
    name: `gpu${position}`,
    bytes: freeBytes,
  }));
  const { settings } = exactSettings(model, given, devices as never);
  const margins = (valueOf('-fitt') ?? '1024').split(',').map((mib) => Number(mib) * MIB);
  const context = valueOf('-c');
  return {
    model,
    settings,
    devices: devicesInUse(settings).map((_, at) => ({
      freeBytes: free[settings.splitMode === 'none' ? settings.mainDevice : at]!,
      marginBytes: margins.length === 1 ? margins[0]! : (margins[at] ?? 1024 * MIB),
    })),
    hostBytes: (row.host_mib ?? 0) * MIB,
    hostMarginBytes: margins[0]!,
    context: context === null || context === '0' ? null : Number(context),
    smallestContext: context === '0' ? Infinity : Number(valueOf('-fitc') ?? SMALLEST_CONTEXT),
    given: {
      gpuLayers: words.includes('-ngl'),
      tensorSplit: words.includes('-ts'),
      overrides: words.includes('-ot') || words.includes('-ncmoe') || words.includes('-cmoe'),
    },
  };
}

function shortened(words: readonly string[]): string {
  const at = words.indexOf('-ot');
  return at < 0 ? words.join(' ') : `${words.slice(0, at).join(' ')} -ot ${runsOf(words[at + 1]!)}`;
}

function runsOf(overrides: string): string {
  const runs: { first: number; last: number; what: string }[] = [];
  for (const override of overrides.split(',')) {
    const [, layer, pattern, buffer] = /^blk\\\.(\d+)(\\.*)=([^=]*)$/u.exec(override)!;
    const fraction = Object.entries(overflowPatterns).find(([, each]) => each === pattern)![0];
    const what = `${fraction}=${buffer}`;
    const run = runs.at(-1);
    if (run?.what === what && run.last === Number(layer) - 1) run.last++;
    else runs.push({ first: Number(layer), last: Number(layer), what });
  }
  return runs
    .map(({ first, last, what }) => `${first === last ? first : `${first}-${last}`}:${what}`)
    .join(',');
}
