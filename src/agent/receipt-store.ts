import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../contract/errors';
import { formatReceipt, parseReceipt } from '../core/receipt/parse-receipt';
import { ReceiptError } from '../core/receipt/receipt-error';
import type { Receipt } from '../core/receipt/schema';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';
import { StoreError } from '../host/store/store-error';

/** A file among the receipts that is none. */
export interface DamagedReceipt {
  /** Its name without `.json`, to remove it by. */
  readonly id: string;
  readonly message: string;
}

/** No receipt comes near this. */
const MAX_BYTES = 2 ** 20;
/** Files read at once: enough to keep a disk busy, far below any limit on open files. */
const AT_ONCE = 16;

/** Saves a receipt under its id. Throws StoreError. */
export async function keepReceipt(receipt: Receipt, dataDirectory: string): Promise<string> {
  const path = pathOf(receipt.id, dataDirectory);
  await saveText(path, formatReceipt(receipt));
  return path;
}

/** Every receipt that is kept, and the files that cannot be read, which stop nothing. */
export async function loadReceipts(
  dataDirectory: string,
): Promise<{ readonly receipts: readonly Receipt[]; readonly damaged: readonly DamagedReceipt[] }> {
  const names = await readdir(folderOf(dataDirectory)).catch((): string[] => []);
  const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  const receipts: Receipt[] = [];
  const damaged: DamagedReceipt[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const slice = ids.slice(start, start + AT_ONCE);
    for (const found of await Promise.all(slice.map((id) => tryToLoad(id, dataDirectory)))) {
      if (found === null) continue;
      if (found.kind === 'damaged') damaged.push({ id: found.id, message: found.message });
      else receipts.push(found.receipt);
    }
  }
  return { receipts, damaged };
}

/** One receipt; null where there is none. Throws ExpectedError for a file that is damaged. */
export async function loadReceipt(id: string, dataDirectory: string): Promise<Receipt | null> {
  const path = pathOf(id, dataDirectory);
  const text = await loadText(path, MAX_BYTES);
  if (text === null) return null;
  try {
    return parseReceipt(text);
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    const remedy = `Remove it with \`plimsoll receipts remove ${id}\`.`;
    throw new ExpectedError('damaged-receipt', `${path}: ${error.message}`, remedy, { id, path });
  }
}

/** Removes a receipt, or a damaged file among them; false where there is none. */
export async function removeReceipt(id: string, dataDirectory: string): Promise<boolean> {
  const path = pathOf(id, dataDirectory);
  const names = await readdir(folderOf(dataDirectory)).catch((): string[] => []);
  if (!names.includes(`${id}.json`)) return false;
  await rm(path, { force: true });
  return true;
}

type Found =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | ({ readonly kind: 'damaged' } & DamagedReceipt);

async function tryToLoad(id: string, dataDirectory: string): Promise<Found | null> {
  try {
    const text = await loadText(pathOf(id, dataDirectory), MAX_BYTES);
    return text === null ? null : { kind: 'receipt', receipt: parseReceipt(text) };
  } catch (error) {
    if (!(error instanceof ReceiptError || error instanceof StoreError)) throw error;
    return { kind: 'damaged', id, message: error.message };
  }
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, 'receipts');
}

function pathOf(id: string, dataDirectory: string): string {
  return join(folderOf(dataDirectory), `${id}.json`);
}
