import { copyFileSync, truncateSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { assertNever } from '../../src/core/assert-never';
import { planExact } from '../../src/core/exact/plan-exact';
import { splitWords } from '../../src/core/exact/split-words';
import { planModel } from '../../src/core/plan/plan-model';
import type { MemoryRow, Plan } from '../../src/core/plan/schema';
import type { DryRunRow } from '../../src/core/reading/fit-params';
import { MIB } from '../../src/core/units';
import type { ShipCase } from './ship-cases';
import { writeSparseGguf } from './sparse-gguf';
import { dryRun, serverDryRun, type StandIns } from './stand-ins';

/** How one plan stood up to llama.cpp's own dry run of its flags. */
export type Held =
  | {
      readonly kind: 'ship';
      /** Components where the dry run says more than is planned for the same tool, in words; none is what should be. */
      readonly under: readonly string[];
      /**
       * The same of the plan's own rows against what llama-server reckons before it loads; not looked at over several GPUs and with
       * the cache on the host, where that reckoning is more than the server then takes (102 for 88 MiB, say).
       */
      readonly below: readonly string[];
      /** Rows over their budgets. */
      readonly over: readonly string[];
    }
  /** `fitted`: flags of llama.cpp's own that would have fitted every budget, by its dry run; null where it found none. */
  | { readonly kind: 'refuse'; readonly fitted: string | null }
  | { readonly kind: 'left-out'; readonly why: string };

/** Plans the case and holds it against the dry run. */
export async function holdShip(one: ShipCase, standIns: StandIns, folder: string): Promise<Held> {
  const plan = planModel(one.model, one.profile, one.request);
  const path = fileOf(one, folder);
  switch (plan.verdict) {
    case 'ship':
      return holdFlags(one, plan, path, standIns);
    case 'refuse':
      return plan.reasons.some(({ code }) => code === 'over-budget')
        ? { kind: 'refuse', fitted: await smallerAllotment(one, plan, path, standIns) }
        : { kind: 'left-out', why: plan.reasons[0]!.code };
    case 'unknown':
      return { kind: 'left-out', why: plan.reasons[0]?.code ?? 'unknown' };
    default:
      return assertNever(plan.verdict);
  }
}

function fileOf({ from, model }: ShipCase, folder: string): string {
  const path = join(folder, 'model.gguf');
  if (from === 'catalog') writeSparseGguf(path, model);
  else {
    copyFileSync(`test/fixtures/headers/${model.name}.gguf.head`, path);
    truncateSync(path, model.file_bytes!);
  }
  return path;
}

async function holdFlags(one: ShipCase, plan: Plan, path: string, standIns: StandIns): Promise<Held> {
  const flags = flagsOf(plan);
  const seen = await dryRun(standIns, flags.devices, withFile(flags.theirs(standIns.names), path));
  const argv = withFile([...flags.theirs(standIns.names), ...flags.server], path);
  const truthful = flags.devices < 2 && !argv.includes('-nkvo');
  const served = truthful ? await serverDryRun(standIns, flags.devices, argv) : [];
  if (seen === null || served === null) return { kind: 'left-out', why: 'the dry run failed' };
  const same = planExact(one.model, one.profile, flags.ours, 'llama-fit-params', {
    request: one.request,
    companions: { projector: null, draft: null },
    calibration: null,
  }).memory;
  return {
    kind: 'ship',
    under: seen.flatMap((row, at) => underOf(row, same[at]!)),
    below: served.flatMap((row, at) => underOf(mapped(row, one, same[at]!), plan.memory[at]!)),
    over: plan.memory.flatMap(({ device, total_bytes: total, budget_bytes: budget }) =>
      total! > budget! ? [`${device} ${total} > ${budget}`] : [],
    ),
  };
}

const parts = [
  ['model_mib', 'model_bytes'],
  ['context_mib', 'context_bytes'],
  ['compute_mib', 'compute_bytes'],
] as const;

function underOf(row: DryRunRow, planned: MemoryRow): readonly string[] {
  return parts.flatMap(([theirs, ours]) => {
    const mine = Math.floor(planned[ours]! / MIB);
    return mine < row[theirs] ? [`${planned.device} ${theirs} ${row[theirs]} > ${mine}`] : [];
  });
}

/** Gemma 3n and 4 ask for their tied output twice; a mapped file holds it once, and only the dry run maps nothing. */
function mapped(row: DryRunRow, { model }: ShipCase, dry: MemoryRow): DryRunRow {
  const twice = row.name === 'Host' && /^gemma(3n|4)$/u.test(model.architecture ?? '');
  const counted = Math.floor(dry.model_bytes! / MIB) === row.model_mib;
  return twice && counted ? { ...row, model_mib: 0 } : row;
}

function sumOf(row: DryRunRow): number {
  return row.model_mib + row.context_mib + row.compute_mib;
}

interface Flags {
  readonly devices: number;
  /** What only llama-server takes. */
  readonly server: readonly string[];
  /** As llama-fit-params takes them, devices by the names of the machine. */
  readonly ours: readonly string[];
  /** The same with the stand-ins' names. */
  readonly theirs: (names: readonly string[]) => readonly string[];
}

const shared = new Set('-c -np -b -ub -fa -ctk -ctv -ngl -ncmoe -ot -ts -sm -mg'.split(' '));

/** The plan's llama-server line without what has no part in memory, or the dry run does not know. */
function flagsOf(plan: Plan): Flags {
  const { argv } = plan.commands[0]!;
  const valueOf = (flag: string): string | undefined => argv[argv.indexOf(flag) + 1];
  const named = argv.includes('-dev') ? valueOf('-dev')!.split(',') : null;
  const devices = named === null ? plan.memory.length - 1 : named[0] === 'none' ? 0 : named.length;
  const kept = argv.flatMap((word, at) => {
    if (word === '-nkvo') return [word];
    return shared.has(word) ? [word, argv[at + 1]!] : [];
  });
  const order = named ?? Array.from({ length: devices }, (_, index) => `CUDA${index}`);
  return {
    devices,
    server: argv.includes('-no-kvu') ? ['-no-kvu'] : [],
    ours: [...kept, '--no-repack', ...(named === null ? [] : ['-dev', named.join(',')])],
    theirs: (names) =>
      kept.map((word) =>
        order.reduce((text, name, index) => text.replaceAll(`=${name}`, `=${names[index]!}`), word),
      ),
  };
}

function withFile(argv: readonly string[], path: string): readonly string[] {
  return ['-m', path, ...argv];
}

/** Flags that llama.cpp's own `--fit` (or, where layers are fixed, the plan) comes to, if their dry run fits every budget. */
async function smallerAllotment(
  { profile, request, fixed }: ShipCase,
  plan: Plan,
  path: string,
  standIns: StandIns,
): Promise<string | null> {
  const gpus = profile.hardware.gpus ?? [];
  const rows = gpus.map(
    (gpu) => Math.max(0, gpu.vram_free_mib! - request.margin_mib) - gpu.context_overhead_mib!,
  );
  const host = Math.floor(profile.hardware.memory.ram_available_gib! * 1024 - request.host_headroom_mib);
  const open = flagsOf(plan).ours.filter((word) => word !== '--no-repack');
  const argv = fixed ? open : open.filter((word, at) => !isPlacing(word) && !isPlacing(open[at - 1]));
  let words: readonly string[] = argv;
  if (!fixed && gpus.length > 0) {
    const own = Math.floor(totalmem() / MIB);
    const fit = ['-fitt', rows.map((target) => own - Math.floor(target)).join(',')];
    const printed = await standIns.run(gpus.length, [...withFile(argv, path), '--no-repack', ...fit]);
    const split = printed === null ? null : splitWords(printed.trim());
    if (split?.kind !== 'words') return null;
    words = [...argv, ...split.words];
  }
  const seen = await dryRun(standIns, gpus.length, withFile(words, path));
  if (seen === null) return null;
  const fits = seen.every((row, at) => sumOf(row) <= (at < gpus.length ? rows[at]! : host));
  return fits ? words.join(' ') : null;
}

function isPlacing(word: string | undefined): boolean {
  return ['-ngl', '-ncmoe', '-ot', '-ts', '-sm', '-mg', '-dev', '-nkvo'].includes(word ?? '');
}
