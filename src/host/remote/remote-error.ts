/** Why something on the network could not be read. */
export type RemoteFault =
  | 'bad-address'
  | 'unreachable'
  | 'dropped'
  | 'too-slow'
  | 'not-found'
  | 'unauthorised'
  | 'forbidden'
  | 'rate-limited'
  | 'server-failed'
  | 'refused'
  | 'bad-redirect'
  | 'no-size'
  | 'wrong-bytes'
  | 'too-many-bytes'
  | 'changed'
  | 'too-large'
  | 'not-json';

/** Faults that the next attempt may not meet. */
const passing: ReadonlySet<RemoteFault> = new Set([
  'unreachable',
  'dropped',
  'rate-limited',
  'server-failed',
]);

interface Evidence {
  readonly status?: number;
  /** How long the server asks to wait. */
  readonly waitMs?: number;
  /** Whether another attempt is worth it, where the reason alone does not tell. */
  readonly passing?: boolean;
}

/** A place on the network that could not be read: why, and where. The address is without its query, which may hold secrets. */
export class RemoteError extends Error {
  readonly reason: RemoteFault;
  readonly address: string;
  readonly status: number | null;
  readonly waitMs: number | null;
  readonly passing: boolean;

  constructor(reason: RemoteFault, url: string, sentence: string, evidence: Evidence = {}) {
    super(sentence);
    this.name = 'RemoteError';
    this.reason = reason;
    this.address = shownAddress(url);
    this.status = evidence.status ?? null;
    this.waitMs = evidence.waitMs ?? null;
    this.passing = evidence.passing ?? passing.has(reason);
  }
}

/** An address as it may be shown: without query, fragment and credentials. */
export function shownAddress(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname}`;
  } catch {
    return url.slice(0, 200);
  }
}
