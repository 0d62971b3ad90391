import { spreadOf } from '../figure';
import { fitCosts, secondsOf, type Fit, type Row } from './fit-costs';

/** What rows of one machine and number of threads say, seen from one kind of run. */
export interface Predictor {
  readonly fit: Fit;
  readonly rows: readonly Row[];
  /** Factors of a token's time by kind of run: a server takes a little longer for a token than a benchmark. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** A run of another tool, build or kind of weights says half as much as a like one. */
const UNLIKE_WEIGHT = 0.5;
/** Receipts of one kind that shift its forecast half-way to what they say: kinds differ by a few per cent. */
const KIND_HALF_WAY = 3;
/** The same of one model: what is its own, beyond its bytes, is larger. */
const MODEL_HALF_WAY = 1;

/** Fits all rows, those of the kind asked for first. */
export function predictorOf(rows: readonly Row[], kind: string): Predictor {
  const fit = fitCosts(rows, (row) => (row.kind === kind ? 1 : UNLIKE_WEIGHT));
  const all = [...new Set(rows.map((row) => row.kind))];
  const kinds = all.map((each): [string, number] => {
    const own = errorsOf(rows, fit, (row) => row.kind === each).filter(({ believed }) => believed);
    return [each, shrunk(own, KIND_HALF_WAY)];
  });
  return { fit, rows, kinds: new Map(kinds) };
}

/** Seconds of one token; null where it takes something of which no row holds any. */
export function predictedSeconds(
  predictor: Predictor,
  { model, kind, amounts }: Pick<Row, 'model' | 'kind' | 'amounts'>,
): number | null {
  const seconds = secondsOf(predictor.fit.costs, amounts);
  return seconds === null ? null : seconds * factorOf(predictor, model, kind);
}

/**
 * What stands beside the fit: how long runs of this kind take, and what the model's own receipts say beyond what its bytes
 * explain. A receipt that all others contradict counts only where several of the model say the same.
 */
export function factorOf({ fit, rows, kinds }: Predictor, model: string, kind: string): number {
  const ofKind = kinds.get(kind) ?? 1;
  const own = errorsOf(rows, fit, (row) => row.model === model);
  const several = new Set(own.map(({ row }) => row.receipt)).size > 1;
  const beyond = own
    .filter(({ believed }) => several || believed)
    .map(({ row, error }) => ({ row, error: error - Math.log(kinds.get(row.kind) ?? 1) }));
  return ofKind * shrunk(beyond, MODEL_HALF_WAY);
}

interface RowError {
  readonly row: Row;
  /** log(measured / fitted seconds). */
  readonly error: number;
}

function errorsOf(rows: readonly Row[], { costs, belief }: Fit, isWanted: (row: Row) => boolean) {
  return rows.flatMap((row, index) => {
    const seconds = isWanted(row) ? secondsOf(costs, row.amounts) : null;
    if (seconds === null) return [];
    return [{ row, believed: belief[index]! > 0, error: Math.log(row.seconds / seconds) }];
  });
}

/** The median as a factor, drawn to 1 while few receipts say it. */
function shrunk(errors: readonly RowError[], halfWay: number): number {
  const receipts = new Set(errors.map(({ row }) => row.receipt)).size;
  const median = spreadOf(errors.map(({ error }) => error))?.median ?? 0;
  return Math.exp((median * receipts) / (receipts + halfWay));
}
