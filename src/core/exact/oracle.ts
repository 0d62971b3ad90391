import { MOST_LAYERS } from '../model/most-layers';
import type { Finding } from '../finding';
import type { Model } from '../model/schema';
import { partsOf } from '../plan/memory';
import type { Oracle, OracleRow } from '../plan/oracle-schema';
import type { Settings } from '../plan/settings';
import type { DryRunRow } from '../reading/fit-params';
import { MIB } from '../units';
import type { ExactArguments } from './arguments';

/** What is asked of llama-fit-params, and what is planned for just that. */
export interface OracleQuestion {
  readonly argv: readonly string[];
  readonly settings: Settings;
}

/**
 * The dry run of the same arguments: as llama-fit-params spells them, without what it does not have (one cache for all sequences,
 * the server's caches, companions) and without repacking, which it would count in place of the file's own weights.
 */
export function oracleQuestion(path: string, given: ExactArguments, settings: Settings): OracleQuestion {
  const dryRun: Settings = { ...settings, tool: 'llama-fit-params', unified: false, repack: false };
  const overrides = given.overrides.map(({ pattern, buffer }) => `${pattern}=${buffer}`);
  const argv = [
    ['--fit-print', 'on', '-m', path],
    ['-c', String(settings.context), '-np', String(settings.sequences)],
    ['-b', String(settings.batch), '-ub', String(settings.microBatch)],
    ['-fa', settings.flashAttention ? 'on' : 'off', '-ctk', settings.keyType, '-ctv', settings.valueType],
    ['-ngl', settings.gpuLayers < 0 ? 'all' : String(settings.gpuLayers), '-sm', settings.splitMode],
    given.devices === null && given.splitMode === 'none' ? ['-mg', String(given.mainDevice)] : [],
    // in this order, because the first pattern that matches wins
    overrides.length > 0 ? ['-ot', overrides.join(',')] : [],
    // each layer of -ncmoe is a pattern of its own
    settings.cpuMoeLayers > 0 ? ['-ncmoe', String(Math.min(settings.cpuMoeLayers, MOST_LAYERS))] : [],
    settings.tensorSplit === null ? [] : ['-ts', settings.tensorSplit.join(',')],
    settings.device ? [] : ['-dev', 'none'],
    settings.fullWindow ? ['--swa-full'] : [],
    settings.offloadCache ? [] : ['-nkvo'],
    settings.offloadOperations ? [] : ['--no-op-offload'],
    ['--no-repack'],
  ].flat();
  return { argv, settings: dryRun };
}

/** Its rows beside ours for the devices that it saw, and what differs. */
export function besideOracle(
  model: Model,
  question: OracleQuestion,
  program: string,
  seen: readonly DryRunRow[],
): { readonly oracle: Oracle; readonly findings: readonly Finding[] } {
  const wanted = question.settings.devices.length;
  const rows = oracleRows(model, question.settings, seen);
  return {
    oracle: {
      state: 'asked',
      program,
      arguments: [...question.argv],
      rows: [...rows],
      reason: coverage(wanted, seen.length - 1),
    },
    findings: rows.flatMap(disagreements),
  };
}

/** llama.cpp only sees the devices of this machine; the same arguments are planned for as many. */
function oracleRows(model: Model, settings: Settings, seen: readonly DryRunRow[]): readonly OracleRow[] {
  const count = seen.length - 1;
  const devices = Array.from({ length: count }, (_, position) => ({
    name: settings.devices[position]?.name ?? `gpu${position}`,
    freeBytes: settings.devices[position]?.freeBytes ?? null,
  }));
  const parts = partsOf(model, { ...settings, devices, device: count > 0, mainDevice: 0 });
  return seen.map((row, position) => {
    const mine = parts.rows[position]!;
    return {
      device: mine.device,
      ...row,
      planned_model_mib: inMib(mine.model),
      planned_context_mib: inMib(mine.context),
      planned_compute_mib: inMib(mine.compute),
    };
  });
}

/** Rounded down, as llama.cpp prints it. */
function inMib(bytes: number | null): number | null {
  return bytes === null ? null : Math.floor(bytes / MIB);
}

function coverage(wanted: number, seen: number): string | null {
  if (wanted === seen) return null;
  const had = seen === 0 ? 'no GPU' : seen === 1 ? 'one GPU' : `${seen} GPUs`;
  return `llama-fit-params sees ${had} here, where the plan uses ${wanted}; both columns are of what it sees.`;
}

/** A difference that matters: more than 2 % and 16 MiB. */
const TOLERATED_SHARE = 0.02;
const TOLERATED_MIB = 16;

const components = [
  ['model_mib', 'planned_model_mib', 'weights'],
  ['context_mib', 'planned_context_mib', 'context'],
  ['compute_mib', 'planned_compute_mib', 'compute buffers'],
] as const;

function disagreements(row: OracleRow, position: number): readonly Finding[] {
  return components.flatMap(([theirs, ours, what]) => {
    const said = row[theirs];
    const planned = row[ours];
    if (planned === null || Math.abs(planned - said) <= Math.max(TOLERATED_MIB, said * TOLERATED_SHARE))
      return [];
    return [
      {
        severity: 'warning' as const,
        code: 'oracle-disagrees',
        path: `/oracle/rows/${position}/${theirs}`,
        message: `llama.cpp says ${said} MiB for the ${what} on ${row.device}, ${planned} MiB are planned.`,
        remedy: 'Trust llama.cpp, if it is the build that will run the model; please report the difference.',
      },
    ];
  });
}
