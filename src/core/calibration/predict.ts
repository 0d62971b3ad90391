import { spreadOf } from '../figure';
import { fitCosts, secondsOf, type Fit, type Row } from './fit-costs';
import { pacedAmounts, type PacedError, type Pacing, pacingOf, refinedPacing } from './pace';

/** What rows of one machine and number of threads say, seen from one kind of run. */
export interface Predictor {
  readonly fit: Fit;
  /** How far reads from host memory follow what it gives at the time. */
  readonly pacing: Pacing;
  /** With amounts as at the reference pace. */
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
export function predictorOf(measured: readonly Row[], kind: string): Predictor {
  const { fit, pacing, rows } = pacedFit(measured, (row) => (row.kind === kind ? 1 : UNLIKE_WEIGHT));
  const all = [...new Set(rows.map((row) => row.kind))];
  const kinds = all.map((each): [string, number] => {
    const own = errorsOf(rows, fit, (row) => row.kind === each).filter(({ believed }) => believed);
    return [each, shrunk(own, KIND_HALF_WAY)];
  });
  return { fit, pacing, rows, kinds: new Map(kinds) };
}

/** Costs at the reference pace: fitted with what is usual of how they follow it, then with what the rows say of that. */
function pacedFit(
  measured: readonly Row[],
  weightOf: (row: Row) => number,
): Pick<Predictor, 'fit' | 'pacing' | 'rows'> {
  const usual = pacingOf(measured);
  const rows = pacedRows(usual, measured);
  const fit = fitCosts(rows, weightOf);
  if (usual.reference === null) return { fit, pacing: usual, rows };
  const pacing = refinedPacing(usual, pacedErrors(rows, fit));
  const refined = pacedRows(pacing, measured);
  return { fit: fitCosts(refined, weightOf), pacing, rows: refined };
}

function pacedRows(pacing: Pacing, rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({
    ...row,
    amounts: pacedAmounts(pacing, row.amounts, row.pace?.meanwhile ?? null),
  }));
}

function pacedErrors(rows: readonly Row[], { costs, belief }: Fit): readonly PacedError[] {
  return rows.flatMap(({ amounts, pace, seconds: measured }, index) => {
    const seconds = secondsOf(costs, amounts);
    if (seconds === null || pace === null) return [];
    const parts = new Map(
      Object.entries(amounts).map(([name, amount]) => [name, (amount * costs.get(name)!) / seconds]),
    );
    return [{ error: Math.log(measured / seconds), belief: belief[index]!, pace: pace.meanwhile, parts }];
  });
}

/**
 * Seconds of one token where host memory gives `pace` bytes a second (null: as much as it usually does); null where it takes something
 * of which no row holds any.
 */
export function predictedSeconds(
  predictor: Predictor,
  { model, kind, amounts }: Pick<Row, 'model' | 'kind' | 'amounts'>,
  pace: number | null,
): number | null {
  const seconds = secondsOf(predictor.fit.costs, pacedAmounts(predictor.pacing, amounts, pace));
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
