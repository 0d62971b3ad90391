import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';

/**
 * State that survives a reload of its tab. `accept` turns what was stored into a value, or null where it is no longer
 * one; storage that the browser denies is as if it were empty.
 */
export function useStored<Value>(
  name: string,
  initial: Value,
  accept: (stored: unknown) => Value | null,
): [Value, Dispatch<SetStateAction<Value>>] {
  const [value, setValue] = useState<Value>(() => recall(name, accept) ?? initial);
  useEffect(() => {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // A full or denied storage costs the memory of this tab, no more.
    }
  }, [name, value]);
  return [value, setValue];
}

function recall<Value>(name: string, accept: (stored: unknown) => Value | null): Value | null {
  try {
    const text = sessionStorage.getItem(name);
    return text === null ? null : accept(JSON.parse(text));
  } catch {
    return null;
  }
}
