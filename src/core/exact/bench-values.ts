import { type KvType, kvTypes } from '../plan/schema';
import type { ArgumentDraft } from './arguments';
import type { ReadValue } from './read-values';

/** Numbers and ranges (`first-last`, `first-last+step`, `first-last*mult`), of which the first and the last count. */
export function numbers(set: (draft: ArgumentDraft, found: readonly number[]) => unknown): ReadValue {
  return (draft, value) => {
    const found: number[] = [];
    for (const part of value.split(',')) {
      const match = /^(\d{1,10})(?:-(\d{1,10})(?:([+*])(\d{1,10}))?)?$/u.exec(part);
      if (match === null) return 'It wants whole numbers separated by commas, or ranges as in 0-4096+512.';
      found.push(...endsOf(match));
    }
    if (found.length === 0) return 'The range ends before it begins.';
    if (found.some((number) => number > 2 ** 31 - 1)) return 'A number in it is too large.';
    if (found.length > 1) noteList(draft, value);
    set(draft, found);
    return null;
  };
}

/** First and last number of a range as llama-bench walks it. */
function endsOf([, from, to, sign, by]: RegExpExecArray): readonly number[] {
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (last < first) return [];
  const step = by === undefined ? 1 : Number(by);
  if (sign !== '*')
    return [first, first + Math.floor((last - first) / Math.max(1, step)) * Math.max(1, step)];
  if (step < 2 || first === 0) return [first];
  const steps = Math.floor(Math.log(last / first) / Math.log(step) + 1e-9);
  return [first, first * step ** steps];
}

/** By bytes an element, widest last. */
const byWidth: readonly KvType[] = ['q4_0', 'iq4_nl', 'q4_1', 'q5_0', 'q5_1', 'q8_0', 'f16', 'bf16', 'f32'];

/** The widest of several cache types. */
export function widestType(set: (draft: ArgumentDraft, type: KvType) => void): ReadValue {
  return (draft, value) => {
    const types = value.split(',');
    const known = types.filter((type): type is KvType => (kvTypes as readonly string[]).includes(type));
    if (known.length < types.length) return `It wants some of ${kvTypes.join(', ')}.`;
    if (types.length > 1) noteList(draft, value);
    set(
      draft,
      known.reduce((widest, type) => (byWidth.indexOf(type) > byWidth.indexOf(widest) ? type : widest)),
    );
    return null;
  };
}

/** Zeros and ones. */
export function flags(set: (draft: ArgumentDraft, found: readonly boolean[]) => unknown): ReadValue {
  return (draft, value) => {
    const parts = value.split(',');
    if (!parts.every((part) => part === '0' || part === '1')) return 'It wants 0 or 1.';
    if (parts.length > 1) noteList(draft, value);
    set(
      draft,
      parts.map((part) => part === '1'),
    );
    return null;
  };
}

/** Of several alternatives the first is judged. */
export function firstOf(
  read: (draft: ArgumentDraft, value: string) => string | null | void,
): (draft: ArgumentDraft, value: string) => string | null {
  return (draft, value) => {
    const parts = value.split(',');
    if (parts.length > 1) {
      draft.findings.push({
        severity: 'info',
        code: 'first-of-list',
        path: null,
        message: `llama-bench would run each of ${value}; the first, ${parts[0]!}, is judged.`,
        remedy: null,
      });
    }
    return read(draft, parts[0]!) ?? null;
  };
}

/** Says that a list is judged by one of its values. */
export function noteList(draft: ArgumentDraft, value: string): void {
  draft.findings.push({
    severity: 'info',
    code: 'largest-of-list',
    path: null,
    message: `llama-bench would run each of ${value}; the one that takes the most on the device is judged.`,
    remedy: null,
  });
}
