import { spreadOf } from '../figure';
import type { Receipt, SpeedAtDepth } from '../receipt/schema';
import { splitOf } from './likeness';
import { pacedStarts, paceOf } from './steady-starts';
import type { Likeness, Observation, Overhead, OwnStart } from './schema';

/** What one receipt teaches, or why it teaches nothing. */
export type Lesson =
  | { readonly kind: 'learnt'; readonly observations: Observation[]; readonly overheads: Overhead[] }
  | { readonly kind: 'left-out'; readonly reason: string };

/** Measured speeds of a receipt with what they are made of. A disturbed run teaches nothing. */
export function observeReceipt(receipt: Receipt): Lesson {
  const { speeds } = receipt;
  const reason = obstacle(receipt);
  if (reason !== null) return { kind: 'left-out', reason };
  const observed = speeds.flatMap((speed) => observe(receipt, speed) ?? []);
  if (observed.length === 0) return { kind: 'left-out', reason: 'it does not say what was read for a token' };
  const observations = observed.filter(({ explained }) => explained).map(({ observation }) => observation);
  if (observations.length === 0) return { kind: 'left-out', reason: tooFast(receipt) };
  return { kind: 'learnt', observations, overheads: overheadsIn(receipt, observations[0]!.likeness) };
}

function tooFast({ conditions }: Receipt): string {
  const read = 'it read more than memory gave right before and after';
  return conditions.cpu_cache_bytes === null ? `${read}, and what its caches hold is not known` : read;
}

/** A measured speed with what it is made of, and whether memory and caches explain it; null where it is not told. */
export function observe(
  receipt: Receipt,
  speed: SpeedAtDepth,
): { readonly observation: Observation; readonly explained: boolean } | null {
  const { phase, depth, tok_s, amounts } = speed;
  const likeness = amounts === null ? null : likenessIn(receipt, Object.keys(amounts));
  if (amounts === null || likeness === null || tok_s.median <= 0) return null;
  const starts = pacedStarts(receipt, speed);
  const can = starts.filter((start) => start.explained);
  const explained = starts.length === 0 || can.length > 0;
  const still = can.filter((start) => start.steady);
  const best = still.length > 0 ? still : explained ? can : starts;
  const counted = best.map(({ seconds, pace }) => ({ seconds, pace }));
  const rates = Object.fromEntries(receipt.rates.map((rate) => [rate.device, rate.bytes_per_second]));
  const same = { receipt: receipt.id, phase, depth, likeness, amounts: { ...amounts }, rates };
  const observation = { ...same, ...together(counted, receipt, 1 / tok_s.median) };
  return { observation, explained };
}

/** Starts that count as one: the median speed. `seconds` where starts are not told apart. */
function together(
  starts: readonly OwnStart[],
  { readings }: Receipt,
  seconds: number,
): Pick<Observation, 'seconds' | 'pace' | 'starts'> {
  const [only] = starts;
  if (only === undefined) return { seconds, pace: paceOf(readings), starts: [] };
  if (starts.length === 1) return { seconds: only.seconds, pace: only.pace, starts: [] };
  const median = (of: (start: OwnStart) => number): number => spreadOf(starts.map(of))!.median;
  const pace = {
    before: median((each) => each.pace.before),
    meanwhile: median((each) => each.pace.meanwhile),
  };
  return { seconds: 1 / median((each) => 1 / each.seconds), pace, starts: [...starts] };
}

function obstacle({
  disturbed,
  disturbances,
  stopped_by,
  scaled,
  conditions,
  model,
  speeds,
}: Receipt): string | null {
  if (disturbed) return disturbances[0]?.message ?? 'the run was disturbed';
  if (stopped_by !== null) return stopped_by.message;
  if (scaled !== null) return 'it was scaled up from receipts that are learnt from themselves';
  if (conditions.profile_id === null) return 'the machine that ran it was not measured';
  if (conditions.tool === 'llama-server-url') return 'how the server was started is not known';
  if (model.shape === null) return 'the shape of its model is not known';
  return speeds.length === 0 ? 'nothing was measured' : null;
}

function likenessIn({ conditions, model }: Receipt, costs: readonly string[]): Likeness | null {
  const runtime = runtimeOf(conditions.tool);
  if (runtime === null || conditions.profile_id === null || model.shape === null) return null;
  const devices = [
    ...new Set(costs.flatMap((cost) => (/^(?:read|work) /.test(cost) ? [cost.split(' ')[1]!] : []))),
  ].sort();
  return {
    machine: conditions.profile_id,
    runtime,
    split_mode: splitOf(conditions.split_mode, devices),
    devices,
    threads: conditions.threads === null || conditions.threads < 1 ? null : conditions.threads,
    flash_attention: conditions.flash_attention,
    tool: conditions.tool,
    build: conditions.build,
    weights: model.ballast ? 'ballast' : 'real',
    model: model.shape,
  };
}

function runtimeOf(tool: string): Likeness['runtime'] | null {
  switch (tool) {
    case 'llama-server':
    case 'llama-bench':
      return 'llama.cpp';
    case 'node-llama-cpp':
      return 'embedded';
    default:
      return null;
  }
}

/** What a card held beyond idling and what llama.cpp logged: contexts and kernels of its driver. */
function overheadsIn({ id, memory, envelope }: Receipt, likeness: Likeness): Overhead[] {
  return (envelope?.gpus ?? []).flatMap(({ device, idle_memory_bytes: idle, peak_memory_bytes: peak }) => {
    const own = memory.filter((row) => row.device === device && row.component !== 'overhead');
    const logged = own.reduce((sum, row) => sum + (row.measured_bytes ?? 0), 0);
    if (idle === null || peak === null || logged === 0) return [];
    return [{ receipt: id, likeness, device, bytes: Math.max(0, peak - idle - logged) }];
  });
}
