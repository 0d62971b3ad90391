import type { Speed } from '../schema';

/** No figure, and which are missing: JSON pointers, or words. */
export function unknownSpeed(missing: readonly string[], depth = 0): Speed {
  return {
    ceiling_tok_s: null,
    forecast_tok_s: null,
    low_tok_s: null,
    high_tok_s: null,
    basis: null,
    samples: 0,
    missing: [...missing],
    depth,
    receipts: [],
    held: null,
    step: null,
  };
}
