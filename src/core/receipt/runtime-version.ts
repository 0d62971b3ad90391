/** `version: 0.5.0-dev (build 1, commit de3ff81)`, or `version: 4567 (abcdef1)` of older ones; null where there is no such line. */
export function parseRuntimeVersion(text: string): string | null {
  return /^version: (.{1,120})$/m.exec(text)?.[1]?.trim() ?? null;
}
