import { Tooltip } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { MemoryRow } from '../../core/plan/schema';
import { formatBytes } from '../../core/report/format';
import classes from './load-bar.module.css';
import { draughtMarks } from './draught-marks';
import { drawLoad, type LoadPicture, type Stowage } from './memory-parts';

/** One device as a hull that is loaded to a line: its parts, its budget, and how far it is past it. */
export function LoadBar({ row }: { row: MemoryRow }) {
  const picture = drawLoad(row);
  const { line, end, knownBytes } = picture;
  const over = row.budget_bytes !== null && knownBytes > row.budget_bytes;
  return (
    <figure className={classes.device} data-over={over || undefined}>
      <figcaption className={classes.caption}>
        <span className={classes.name}>
          <strong>{deviceLabel(row.device)}</strong>
          {row.name === null ? null : <span className={classes.model}>{row.name}</span>}
        </span>
        <span className={classes.sum}>{summaryOf(row, picture)}</span>
      </figcaption>
      <div className={classes.ship}>
        <div className={classes.hull} role="img" aria-label={describe(row, picture)}>
          {picture.stowed.map((stowage) => (
            <Cargo key={stowage.part.field} stowage={stowage} />
          ))}
          {over && line !== null ? (
            <div className={classes.over} style={{ left: `${line}%`, width: `${end - line}%` }} />
          ) : null}
        </div>
        {line === null ? null : <LoadLine at={line} />}
      </div>
      <Draught length={picture.length} />
    </figure>
  );
}

type ColouredStyle = CSSProperties & { readonly '--colour': string };

function Cargo({ stowage: { part, bytes, left, width } }: { stowage: Stowage }) {
  if (width === 0) return null;
  const style: ColouredStyle = { left: `${left}%`, width: `${width}%`, '--colour': part.colour };
  return (
    <Tooltip label={`${part.name}: ${formatBytes(bytes)}`} withArrow>
      <div className={classes.cargo} data-unknown={bytes === null || undefined} style={style}>
        {bytes === null ? '?' : null}
      </div>
    </Tooltip>
  );
}

function Draught({ length }: { length: number }) {
  return (
    <div className={classes.draught} aria-hidden="true">
      {draughtMarks(length).map(({ bytes, at }) => (
        <span key={bytes} className={classes.mark} style={{ left: `${at}%` }}>
          {shortBytes(bytes)}
        </span>
      ))}
    </div>
  );
}

/** A round amount without the decimals it does not need. */
function shortBytes(bytes: number): string {
  return formatBytes(bytes).replace(/\.0+(?= )/, '');
}

/** The disc and the line of Samuel Plimsoll, at the budget. */
function LoadLine({ at }: { at: number }) {
  return (
    <div className={classes.line} style={{ left: `${at}%` }} aria-hidden="true">
      <svg className={classes.disc} viewBox="0 0 24 24" focusable="false">
        <circle cx="12" cy="12" r="7" />
        <path d="M1 12h22" />
      </svg>
    </div>
  );
}

/** `GPU 0`, `Host`: a device's name in words. */
export function deviceLabel(device: string): string {
  const gpu = /^gpu(\d+)$/.exec(device);
  if (gpu !== null) return `GPU ${gpu[1]}`;
  return device === 'host' ? 'Host memory' : device;
}

function summaryOf(row: MemoryRow, { missing, knownBytes }: LoadPicture) {
  const least = missing.length > 0 ? 'at least ' : '';
  const load = `${least}${formatBytes(knownBytes)}`;
  if (row.budget_bytes === null) return `${load}, budget unknown`;
  const free = row.budget_bytes - knownBytes;
  return (
    <>
      {load} of {formatBytes(row.budget_bytes)} ·{' '}
      <strong className={classes.difference}>
        {free < 0
          ? `${formatBytes(-free)} over the line`
          : `${formatBytes(free)} free${missing.length > 0 ? ' at most' : ''}`}
      </strong>
    </>
  );
}

function describe(row: MemoryRow, { stowed }: LoadPicture): string {
  const parts = stowed.map(({ part, bytes }) => `${part.name.toLowerCase()} ${formatBytes(bytes)}`);
  return `${deviceLabel(row.device)}: ${parts.join(', ')}; budget ${formatBytes(row.budget_bytes)}`;
}
