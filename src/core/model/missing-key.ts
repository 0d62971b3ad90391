/** What a file must say for its layers' memory to be known, and does not. */
export interface MissingKey {
  readonly kind: 'missing-key';
  /** Without the architecture before it. */
  readonly key: string;
}

export function missing(key: string): MissingKey {
  return { kind: 'missing-key', key };
}
