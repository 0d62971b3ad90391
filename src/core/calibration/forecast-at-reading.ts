import type { Receipt } from '../receipt/schema';
import { GB } from '../units';
import { forecastOf } from './forecast-speed';
import { observe } from './observe-receipt';
import type { Calibration } from './schema';

/**
 * A receipt with what would have been forecast of its decode near depth 0 at what memory gave right before the starts that count, from
 * what was learnt before it. Unchanged where nothing was read, nothing like it was learnt from, or it was worked out from parts, which
 * were learnt from.
 */
export function withForecastAtReading(receipt: Receipt, calibration: Calibration): Receipt {
  if (receipt.scaled !== null) return receipt;
  const decode = receipt.speeds.filter(({ phase }) => phase === 'decode');
  const [first] = [...decode].sort((left, right) => left.depth - right.depth);
  const own = first === undefined ? undefined : observe(receipt, first)?.observation;
  if (own === undefined || own.pace === null) return receipt;
  const forecast = forecastOf(own, calibration, 'before');
  if (forecast === null) return receipt;
  const { forecast_tok_s, low_tok_s, high_tok_s, error_pct, inside, samples } = forecast;
  const gbps = own.pace.before / GB;
  const at = { gbps, forecast_tok_s, low_tok_s, high_tok_s, error_pct, within_band: inside, samples };
  return { ...receipt, at_reading: at };
}
