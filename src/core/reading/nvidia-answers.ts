import { assertNever } from '../assert-never';
import type {
  Answer,
  CallFailure,
  CopyPath,
  CopyReading,
  CudaDevice,
  LinkReading,
  NvmlCard,
  PinnedReading,
  ProberMessage,
} from './nvidia-protocol';

/** How the prober's process ended. `left`: it could not be ended, and still hangs. */
export type ProberEnding =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'timeout'; readonly afterMs: number; readonly left: boolean }
  | { readonly kind: 'too-much-output' }
  | { readonly kind: 'cancelled' };

/** A device of CUDA with what was measured on it. */
export interface MeasuredDevice {
  readonly device: CudaDevice;
  readonly overhead: Answer<number> | null;
  readonly free: Answer<number> | null;
  readonly copies: Readonly<Partial<Record<CopyPath, CopyReading>>>;
  /** The link while copies ran. */
  readonly link: LinkReading | null;
}

export type Absences = Readonly<Partial<Record<'koffi' | 'nvml' | 'cuda', string>>>;

/** Everything that NVML and CUDA said, and why they did not say the rest. */
export interface NvidiaAnswers {
  /** Whether measuring with CUDA was asked for. */
  readonly measuring: boolean;
  readonly nvml: Extract<ProberMessage, { kind: 'nvml' }> | null;
  readonly cards: readonly NvmlCard[];
  readonly lost: readonly { readonly position: number; readonly failure: CallFailure }[];
  readonly cuda: Extract<ProberMessage, { kind: 'cuda' }> | null;
  readonly devices: readonly MeasuredDevice[];
  readonly pinned: PinnedReading | null;
  /** Libraries that could not be loaded, with the loader's words. */
  readonly absent: Absences;
  /** Why it ended before its time, as `code: explanation`; null where it said all there was. */
  readonly broken: string | null;
  /** Whether a process was left behind that hangs in the driver. */
  readonly left: boolean;
}

/** What the prober's messages come to. Messages about devices that it did not name before count for nothing. */
export function collectAnswers(
  messages: readonly ProberMessage[],
  ending: ProberEnding,
  measuring: boolean,
): NvidiaAnswers {
  const of = <Kind extends ProberMessage['kind']>(kind: Kind) =>
    messages.filter((message): message is Extract<ProberMessage, { kind: Kind }> => message.kind === kind);
  const devices = of('device').map((device) => {
    const own = <T extends { readonly ordinal: number }>(list: readonly T[]) =>
      list.filter(({ ordinal }) => ordinal === device.ordinal);
    const context = own(of('context'))[0] ?? null;
    return {
      device,
      overhead: context?.overhead ?? null,
      free: context?.free ?? null,
      copies: Object.fromEntries(own(of('copy')).map((copy) => [copy.path, copy])),
      link: own(of('link'))[0] ?? null,
    };
  });
  return {
    measuring,
    nvml: of('nvml')[0] ?? null,
    cards: of('card'),
    lost: of('card-lost'),
    cuda: of('cuda')[0] ?? null,
    devices,
    pinned: of('pinned')[0] ?? null,
    absent: Object.fromEntries(of('absent').map(({ library, text }) => [library, text])),
    broken: of('done').length > 0 ? null : whyBroken(ending, of('step').at(-1)?.name ?? null),
    left: ending.kind === 'timeout' && ending.left,
  };
}

/** Answers of nobody: the prober was not asked, or asking failed. */
export function noAnswers(reason: string): NvidiaAnswers {
  const nothing = collectAnswers([], { kind: 'cancelled' }, false);
  return { ...nothing, broken: reason };
}

function whyBroken(ending: ProberEnding, step: string | null): string {
  const at = step === null ? '' : ` at: ${step}`;
  switch (ending.kind) {
    case 'exited':
      if (ending.signal !== null) return `crashed: the GPU prober was ended by ${ending.signal}${at}`;
      return `crashed: the GPU prober ended with status ${ending.code ?? 'unknown'}${at}`;
    case 'not-started':
      return `not-started: the GPU prober could not be started: ${ending.message}`;
    case 'timeout':
      return `timeout: the GPU driver did not answer within ${Math.round(ending.afterMs / 1000)} s${at}`;
    case 'too-much-output':
      return `error: the GPU prober printed too much${at}`;
    case 'cancelled':
      return 'cancelled';
    default:
      return assertNever(ending);
  }
}
