import { spreadOf } from '../figure';
import { grouped } from '../grouped';
import { fitCosts, secondsOf, type Fit, type Row } from './fit-costs';
import { pacedAmounts, type PacedError, type Pacing, pacingOf, refinedPacing } from './pace';

/** What rows of one machine and number of threads say. */
export interface Predictor {
  readonly fit: Fit;
  /** How far reads from host memory follow what it gives at the time. */
  readonly pacing: Pacing;
  /** With amounts as at the reference pace. */
  readonly rows: readonly Row[];
  /** Factors of a token's time by kind of run: a server takes a little longer for a token than a benchmark. */
  readonly kinds: ReadonlyMap<string, number>;
  /** The same of each model, beyond its kind's. */
  readonly models: ReadonlyMap<string, number>;
}

/** Receipts of one kind that shift its forecast half-way to what they say: kinds differ by a few per cent. */
const KIND_HALF_WAY = 3;
/** The same of one model: what is its own, beyond its bytes, is larger. */
const MODEL_HALF_WAY = 1;

/** Fits all rows, whatever their kind. */
export function predictorOf(measured: readonly Row[]): Predictor {
  const { fit, pacing, rows } = pacedFit(measured);
  const errors = errorsOf(rows, fit);
  const kinds = new Map<string, number>();
  for (const [kind, own] of grouped(errors, ({ row }) => row.kind)) {
    const believed = own.filter((each) => each.believed);
    kinds.set(kind, shrunk(believed, KIND_HALF_WAY));
  }
  const models = new Map<string, number>();
  for (const [model, own] of grouped(errors, ({ row }) => row.model))
    models.set(model, modelFactor(own, kinds));
  return { fit, pacing, rows, kinds, models };
}

/**
 * What a model's own receipts say beyond what its bytes and the kinds of its runs explain. A receipt that all others contradict counts
 * only where several of the model say the same.
 */
function modelFactor(own: readonly RowError[], kinds: ReadonlyMap<string, number>): number {
  const several = new Set(own.map(({ row }) => row.receipt)).size > 1;
  const beyond = own
    .filter(({ believed }) => several || believed)
    .map(({ row, believed, error }) => ({
      row,
      believed,
      error: error - Math.log(kinds.get(row.kind) ?? 1),
    }));
  return shrunk(beyond, MODEL_HALF_WAY);
}

/** Enough to see how far each row follows memory. */
const ROUGH_PASSES = 3;

/** Costs at the reference pace: fitted with what is usual of how they follow it, then with what the rows say of that. */
function pacedFit(measured: readonly Row[]): Pick<Predictor, 'fit' | 'pacing' | 'rows'> {
  const usual = pacingOf(measured);
  const rows = pacedRows(usual, measured);
  if (usual.reference === null) return { fit: fitCosts(rows), pacing: usual, rows };
  const fit = fitCosts(rows, ROUGH_PASSES);
  const pacing = refinedPacing(usual, pacedErrors(rows, fit));
  const refined = pacedRows(pacing, measured);
  return { fit: fitCosts(refined), pacing, rows: refined };
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

/** What stands beside the fit: how long runs of this kind take, and what the model's own receipts say. */
export function factorOf({ kinds, models }: Predictor, model: string, kind: string): number {
  return (kinds.get(kind) ?? 1) * (models.get(model) ?? 1);
}

interface RowError {
  readonly row: Row;
  readonly believed: boolean;
  /** log(measured / fitted seconds). */
  readonly error: number;
}

function errorsOf(rows: readonly Row[], { costs, belief }: Fit): readonly RowError[] {
  return rows.flatMap((row, index) => {
    const seconds = secondsOf(costs, row.amounts);
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
