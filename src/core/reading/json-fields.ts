export type Fields = Readonly<Record<string, unknown>>;

/** The value of a JSON text from outside; null for what is not JSON. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The record that a JSON text from outside holds; null for anything else. */
export function parseRecord(text: string): Fields | null {
  const value = parseJsonText(text);
  return isRecord(value) ? value : null;
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
