import type { MatrixCell, Requirement } from '../../core/matrix/matrix';
import type { MatrixOrder } from './matrix-controls';

/** A model with its cells, one a card. */
export interface MatrixRow {
  readonly requirement: Requirement;
  readonly cells: readonly MatrixCell[];
}

/** Rows in another order; what is not known comes last, and equal ones stay as they were. */
export function orderRows(rows: readonly MatrixRow[], order: MatrixOrder): readonly MatrixRow[] {
  if (order === 'catalog') return rows;
  if (order === 'name') {
    return [...rows].sort((left, right) =>
      left.requirement.model.title.localeCompare(right.requirement.model.title),
    );
  }
  const key = order === 'required' ? requiredOf : (row: MatrixRow) => -runsOn(row);
  return [...rows].sort((left, right) => key(left) - key(right));
}

function requiredOf({ requirement }: MatrixRow): number {
  return requirement.required ?? Number.MAX_VALUE;
}

function runsOn({ cells }: MatrixRow): number {
  return cells.filter(({ status }) => status === 'RUNS').length;
}
