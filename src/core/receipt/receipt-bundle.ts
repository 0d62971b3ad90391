import { receiptOf } from './parse-receipt';
import { ReceiptError } from './receipt-error';
import type { Receipt } from './schema';

/** Something in a bundle that is no receipt. */
export interface Refused {
  /** From 1, in the order of the file. */
  readonly position: number;
  readonly message: string;
}

/** More than anybody measures in years; each is some 30 kB. */
const MAX_RECEIPTS = 5000;

/** Many receipts as the text of one file: one a line, so that it can be split anywhere between two. */
export function bundleOf(receipts: readonly Receipt[]): string {
  return receipts
    .map(
      (receipt) => `${JSON.stringify(receipt)}
`,
    )
    .join('');
}

/** The receipts in a text: one, a list, or one a line. What is none is told apart. Throws ReceiptError. */
export function receiptsInBundle(text: string): {
  readonly receipts: readonly Receipt[];
  readonly refused: readonly Refused[];
} {
  const values = valuesIn(text.replace(/^\uFEFF/, ''));
  if (values.length > MAX_RECEIPTS) {
    const message = `The file holds ${values.length} receipts, and ${MAX_RECEIPTS} are read at most.`;
    throw new ReceiptError('too-large', message, 'Split the file.');
  }
  const receipts: Receipt[] = [];
  const refused: Refused[] = [];
  for (const [index, value] of values.entries()) {
    try {
      receipts.push(receiptOf(value));
    } catch (error) {
      if (!(error instanceof ReceiptError)) throw error;
      refused.push({ position: index + 1, message: value === CUT ? CUT_MESSAGE : error.message });
    }
  }
  return { receipts, refused };
}

function valuesIn(text: string): readonly unknown[] {
  const whole = parse(text);
  if (whole === undefined) return linesIn(text);
  return Array.isArray(whole) ? (whole as readonly unknown[]) : [whole];
}

/** Stands for a line that is no JSON. */
const CUT = Symbol('no JSON');
const CUT_MESSAGE = 'The line is not JSON, or is cut short.';

/** A line that is cut is one refused receipt; a text of which no line is JSON is no file of receipts. */
function linesIn(text: string): readonly unknown[] {
  const values = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [valueOf(line)]));
  if (values.some((value) => typeof value === 'object' && value !== null)) return values;
  throw new ReceiptError(
    'not-json',
    'The file is not JSON, or is cut short.',
    'Choose a file that `plimsoll receipts export` wrote, and copy it again.',
  );
}

function valueOf(line: string): unknown {
  const value = parse(line);
  return value === undefined ? CUT : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
