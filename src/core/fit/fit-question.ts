import type { Model } from '../model/schema';
import type { Settings } from '../plan/settings';
import type { Bytes } from '../units';

/** A device as `--fit` sees it: what is free on it once the driver's own context is there, and what must stay so. */
export interface FitDevice {
  readonly freeBytes: Bytes;
  readonly marginBytes: Bytes;
}

/** What `--fit` is asked: arguments, of which it only changes those that were left at their defaults. */
export interface FitQuestion {
  readonly model: Model;
  /** As given; `context` is not looked at where it was not given. Devices in llama.cpp's order. */
  readonly settings: Settings;
  /** One for each of the settings' devices in use. */
  readonly devices: readonly FitDevice[];
  /** Memory of the host in all, which counts only where there is no device; null: not known. */
  readonly hostBytes: Bytes | null;
  /** What must stay free of it (`-fitt`). */
  readonly hostMarginBytes: Bytes;
  /** `-c N`; null: left to the model and to `--fit`. */
  readonly context: number | null;
  /** Smallest context that `--fit` may choose (`-fitc`); infinite where the whole was asked for (`-c 0`). */
  readonly smallestContext: number;
  /** Whether `-ngl`, `-ts`, `-sm row|tensor`, or one of `-ot`, `-cmoe`, `-ncmoe` was given, which end `--fit` where it would place. */
  readonly given: {
    readonly gpuLayers: boolean;
    readonly tensorSplit: boolean;
    readonly overrides: boolean;
  };
}

/** llama.cpp's own default of `-fitc` (`common/common.h: fit_params_min_ctx`). */
export const SMALLEST_CONTEXT = 4096;

/** What it makes of the arguments. */
export type FitResult =
  /** They fit as they are (but for a context that was left open). */
  | { readonly kind: 'unchanged'; readonly settings: Settings }
  /** It changed context, layers, shares or homes of tensors. */
  | { readonly kind: 'changed'; readonly settings: Settings; readonly layers: readonly FitLayers[] | null }
  /** It gives up; llama.cpp then starts with the arguments as they are, whatever these take. */
  | { readonly kind: 'failed'; readonly settings: Settings; readonly reason: string }
  /** What the model takes is not known, so it cannot be replayed. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Which part of the first layer that is not whole stays on the device (`common/fit.cpp: common_layer_fraction_t`). */
export type Fraction = 'attention' | 'up' | 'gate' | 'no-experts';

/** What one device is given (`ngl_t`). */
export interface FitLayers {
  readonly layers: number;
  /** Of these, the last so many are not whole. */
  readonly partial: number;
  /** Of the first that is not whole; all others keep everything but their experts. */
  readonly fraction: Fraction;
  /** Where the rest of that first one goes: a device's position in use, or the host. */
  readonly overflow: 'host' | number;
}

/** The arguments cannot be met; the message is llama.cpp's own. */
export class FitFailure extends Error {
  override readonly name = 'FitFailure';
}
