import { parseJson } from '../profile/parse-json';
import { ProfileError } from '../profile/profile-error';
import { ReceiptError } from './receipt-error';
import { RECEIPT_SCHEMA_VERSION, receiptSchema, type Receipt } from './schema';

/** A receipt with its plan is some 30 kB; one of a mixture with every finding stays far below this. */
const MAX_CHARACTERS = 2 ** 20;

const AGAIN = 'Export the receipt again where it was made, or remove the file.';

/** A receipt from the text of a file: 1.x, older or newer (unknown keys are kept). Throws ReceiptError. */
export function parseReceipt(text: string): Receipt {
  if (text.length > MAX_CHARACTERS) {
    throw new ReceiptError('too-large', 'The file is larger than 1 MiB, which no receipt is.', AGAIN);
  }
  return receiptOf(jsonOf(text));
}

/** A receipt from a value that was read already. Throws ReceiptError. */
export function receiptOf(raw: unknown): Receipt {
  const version = (raw as { schema_version?: unknown } | null)?.schema_version;
  if (typeof version !== 'string') {
    throw new ReceiptError('not-a-receipt', 'This is JSON, but no receipt.', AGAIN);
  }
  if (!/^1\.\d+\.\d+$/.test(version)) {
    throw new ReceiptError(
      'unsupported-version',
      `The receipt is of version ${version.slice(0, 40)}, and this Plimsoll reads 1.x (it writes ${RECEIPT_SCHEMA_VERSION}).`,
      'Update Plimsoll.',
    );
  }
  const parsed = receiptSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = `/${(issue?.path ?? []).map(String).join('/')}`.slice(0, 200);
  throw new ReceiptError(
    'invalid-field',
    `The receipt is not valid at ${where}: ${issue?.message ?? 'unknown fault'}.`,
    AGAIN,
  );
}

/** The text of a receipt's file. */
export function formatReceipt(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new ReceiptError('not-json', error.message.replaceAll('profile', 'receipt'), AGAIN);
  }
}
