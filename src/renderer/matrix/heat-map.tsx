import { memo, type KeyboardEvent, useRef, useState } from 'react';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import type { MatrixCell, Requirement } from '../../core/matrix/matrix';
import classes from './heat-map.module.css';

/** A place in the map. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

interface HeatMapProps {
  readonly requirements: readonly Requirement[];
  readonly gpus: readonly GpuSpec[];
  /** One row a model, one cell a card. */
  readonly cells: readonly (readonly MatrixCell[])[];
  readonly chosen: Place | null;
  readonly onChoose: (place: Place) => void;
}

/**
 * Models against cards: how much of a card stays free, as number and as shade. One stop for the tab key; arrows, Home and End move in
 * it, Enter shows what a pair is made of.
 */
export function HeatMap({ requirements, gpus, cells, chosen, onChoose }: HeatMapProps) {
  const [focused, setFocused] = useState<Place>({ row: 0, column: 0 });
  const body = useRef<HTMLTableSectionElement>(null);
  const stop = {
    row: Math.min(focused.row, cells.length - 1),
    column: Math.min(focused.column, gpus.length - 1),
  };
  const move = (event: KeyboardEvent<HTMLTableSectionElement>): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onChoose(stop);
      return;
    }
    const next = placeAfter(event.key, stop, cells.length, gpus.length);
    if (next === null) return;
    event.preventDefault();
    setFocused(next);
    cellAt(body.current, next)?.focus();
  };
  const choose = (target: EventTarget): void => {
    const place = placeOf(target);
    if (place === null) return;
    setFocused(place);
    onChoose(place);
  };
  return (
    <div className={classes.scroll}>
      <table
        className={classes.map}
        role="grid"
        aria-label="Free memory by model and card"
        aria-rowcount={cells.length + 1}
      >
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              Model
            </th>
            {gpus.map((gpu) => (
              <th key={gpu.id} scope="col" className={classes.card}>
                <span>
                  <b>{gpu.memory_gib}</b> {shortName(gpu.name)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={move} onClick={(event) => choose(event.target)}>
          {requirements.map(({ model }, row) => (
            <MapRow
              key={model.name}
              row={row}
              title={model.title}
              cells={cells[row]!}
              stop={row === stop.row ? stop.column : -1}
              chosen={row === chosen?.row ? chosen.column : -1}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface MapRowProps {
  readonly row: number;
  readonly title: string;
  readonly cells: readonly MatrixCell[];
  /** Column that the tab key reaches; -1: none of this row. */
  readonly stop: number;
  readonly chosen: number;
}

const MapRow = memo(function MapRow({ row, title, cells, stop, chosen }: MapRowProps) {
  return (
    <tr>
      <th scope="row" className={classes.model}>
        {title}
      </th>
      {cells.map((cell, column) => (
        <td
          key={cell.gpu}
          role="gridcell"
          tabIndex={column === stop ? 0 : -1}
          data-place={`${row} ${column}`}
          data-state={stateOf(cell)}
          aria-selected={column === chosen}
          aria-label={labelOf(title, cell)}
          className={classes.cell}
        >
          {textOf(cell)}
        </td>
      ))}
    </tr>
  );
});

/** Steps of the shade: what does not run, what is tight, and more and more free memory. */
function stateOf({ status, vram_free_percent: free }: MatrixCell): string {
  if (status === 'UNKNOWN') return 'unknown';
  if (status !== 'RUNS') return 'over';
  const percent = free ?? 0;
  if (percent < 10) return 'tight';
  if (percent < 40) return 'fits';
  return percent < 70 ? 'roomy' : 'wide';
}

function textOf({ status, vram_free_percent: free }: MatrixCell): string {
  if (status === 'UNKNOWN') return '?';
  return status === 'RUNS' ? String(Math.floor(free ?? 0)) : '–';
}

function labelOf(title: string, { gpu, status, vram_free_percent: free, warning }: MatrixCell): string {
  if (status === 'UNKNOWN') return `${title} on ${gpu}: unknown. ${warning ?? ''}`;
  return status === 'RUNS'
    ? `${title} on ${gpu}: runs, ${Math.floor(free ?? 0)} % free${warning === null ? '' : `. ${warning}`}`
    : `${title} on ${gpu}: does not run`;
}

/** A card's name without the words that all of its maker's have. */
function shortName(name: string): string {
  return name.replace(/^(GeForce|Radeon|Instinct|Apple) /u, '').replace(/ Generation$/u, '');
}

function placeAfter(key: string, { row, column }: Place, rows: number, columns: number): Place | null {
  switch (key) {
    case 'ArrowUp':
      return { row: clamp(row - 1, rows), column };
    case 'ArrowDown':
      return { row: clamp(row + 1, rows), column };
    case 'ArrowLeft':
      return { row, column: clamp(column - 1, columns) };
    case 'ArrowRight':
      return { row, column: clamp(column + 1, columns) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: columns - 1 };
    case 'PageUp':
      return { row: clamp(row - 10, rows), column };
    case 'PageDown':
      return { row: clamp(row + 10, rows), column };
    default:
      return null;
  }
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(count - 1, value));
}

function cellAt(body: HTMLElement | null, { row, column }: Place): HTMLElement | null {
  return body?.querySelector<HTMLElement>(`[data-place="${row} ${column}"]`) ?? null;
}

function placeOf(target: EventTarget): Place | null {
  const place =
    target instanceof HTMLElement ? target.closest<HTMLElement>('[data-place]')?.dataset['place'] : undefined;
  if (place === undefined) return null;
  const [row, column] = place.split(' ').map(Number);
  return { row: row!, column: column! };
}
