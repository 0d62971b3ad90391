import classes from './speed-range.module.css';

interface SpeedRangeProps {
  readonly low: number;
  readonly high: number;
  readonly forecast: number | null;
  readonly ceiling: number | null;
  readonly floor: number | null;
}

/** Air above the fastest mark, so that it stands inside the picture. */
const HEADROOM = 1.08;

/** An interval of speeds on a line from nought to the ceiling. The same is said in words beside it. */
export function SpeedRange({ low, high, forecast, ceiling, floor }: SpeedRangeProps) {
  const most = Math.max(high, ceiling ?? 0, floor ?? 0) * HEADROOM;
  const at = (speed: number) => `${most === 0 ? 0 : (100 * speed) / most}%`;
  return (
    <div className={classes.range} aria-hidden="true">
      <div className={classes.band} style={{ left: at(low), width: at(high - low) }} />
      {forecast === null ? null : <div className={classes.likely} style={{ left: at(forecast) }} />}
      {ceiling === null ? null : <div className={classes.ceiling} style={{ left: at(ceiling) }} />}
      {floor === null ? null : <div className={classes.floor} style={{ left: at(floor) }} />}
    </div>
  );
}
