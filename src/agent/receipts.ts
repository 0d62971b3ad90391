import { setImmediate } from 'node:timers/promises';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { scoring } from '../core/calibration/score';
import { summarise } from '../core/receipt/compare-receipt';
import { receiptFromElsewhere } from '../core/receipt/check-receipt';
import { carryRouting } from '../core/receipt/carry-routing';
import { formatReceipt } from '../core/receipt/parse-receipt';
import { bundleOf, receiptsInBundle } from '../core/receipt/receipt-bundle';
import { headOf, type ReceiptHead } from '../core/receipt/receipt-head';
import type { Receipt } from '../core/receipt/schema';
import { readRouting } from './read-routing';
import { keepReceipt, loadReceipt, loadReceipts, removeReceipt } from './receipt-store';
import { expectingTrialErrors } from './trial/errors';

/** Files written at once: each is flushed to the disk, which several can wait for together. */
const AT_ONCE = 16;

/** The receipts kept, the newest first, and the files among them that are damaged. */
export function listReceipts(dataDirectory: string): Promise<CommandOutput<'receipt.list'>> {
  return expectingTrialErrors(async () => {
    const { receipts, damaged } = await loadReceipts(dataDirectory);
    const heads = receipts.map(headOf).sort(newestFirst);
    return { receipts: heads, damaged: [...damaged], summary: copyOf(summarise(heads)) };
  });
}

/** One receipt, whole. Throws ExpectedError where there is none of this name. */
export async function showReceipt(
  { id }: ParsedInput<'receipt.show'>,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.show'>> {
  return { receipt: await existing(id, dataDirectory) };
}

/** Adds to a receipt how its model routes. Throws ExpectedError. */
export async function carryRoutingOf(
  { id, path }: ParsedInput<'receipt.carry-routing'>,
  signal: AbortSignal,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.carry-routing'>> {
  const receipt = carryRouting(await existing(id, dataDirectory), await readRouting(path, signal));
  await expectingTrialErrors(() => keepReceipt(receipt, dataDirectory));
  return { receipt };
}

/** Predicted beside measured for these receipts, or for all; and how well the forecasts held over them. */
export function compareReceipts(
  { ids }: ParsedInput<'receipt.compare'>,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.compare'>> {
  return expectingTrialErrors(async () => {
    const receipts =
      ids.length === 0
        ? (await loadReceipts(dataDirectory)).receipts
        : await Promise.all(ids.map((id) => existing(id, dataDirectory)));
    const heads = receipts.map(headOf).sort(newestFirst);
    return { receipts: heads, summary: copyOf(summarise(heads)) };
  });
}

/** How well the receipts forecast each other. */
export function scoreOf(task: Task, dataDirectory: string): Promise<CommandOutput<'receipt.score'>> {
  return expectingTrialErrors(async () => {
    const { receipts } = await loadReceipts(dataDirectory);
    const label = `Forecasting ${receipts.length} receipts from each other`;
    task.progress({ step: 'score', label, fraction: 0 });
    const steps = scoring(receipts);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      task.progress({ step: 'score', label, fraction: step.value });
      // others have their turn between two forecasts, and a cancelled score ends there
      await setImmediate();
      task.signal.throwIfAborted();
    }
  });
}

/** Receipts as the text of a file: one by itself, several in one. */
export async function exportReceipts(
  { ids }: ParsedInput<'receipt.export'>,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.export'>> {
  const [only] = ids;
  if (only !== undefined && ids.length === 1) {
    return { file_name: `receipt-${only}.json`, text: formatReceipt(await existing(only, dataDirectory)) };
  }
  const receipts =
    ids.length === 0
      ? (await expectingTrialErrors(() => loadReceipts(dataDirectory))).receipts
      : await Promise.all(ids.map((id) => existing(id, dataDirectory)));
  return { file_name: 'receipts.jsonl', text: bundleOf(receipts) };
}

/** Keeps the receipts of a text: one, a list, or lines. Those that are none are told by their position, and stop nothing. */
export function importReceipts(
  { text }: ParsedInput<'receipt.import'>,
  task: Task,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.import'>> {
  return expectingTrialErrors(async () => {
    const { receipts, refused } = receiptsInBundle(text);
    const { receipts: kept } = await loadReceipts(dataDirectory);
    const known = new Set(kept.map(({ id }) => id));
    const fresh: Receipt[] = [];
    for (const receipt of receipts) {
      if (!known.has(receipt.id)) fresh.push(receipt);
      known.add(receipt.id);
    }
    const imported: string[] = [];
    const doubtful: string[] = [];
    for (let start = 0; start < fresh.length; start += AT_ONCE) {
      task.signal.throwIfAborted();
      task.progress({ step: 'import', label: 'Keeping the receipts', fraction: start / fresh.length });
      const slice = fresh.slice(start, start + AT_ONCE);
      const checked = slice.map(receiptFromElsewhere);
      await Promise.all(checked.map((each) => keepReceipt(each, dataDirectory)));
      imported.push(...checked.map(({ id }) => id));
      const turned = checked.filter(({ disturbed }, index) => disturbed && !slice[index]!.disturbed);
      doubtful.push(...turned.map(({ id }) => id));
    }
    const already = receipts.length - fresh.length;
    return { imported, already, doubtful, refused: [...refused] };
  });
}

/** Removes receipts; a damaged file by its name without `.json`. */
export function removeReceipts(
  { ids }: ParsedInput<'receipt.remove'>,
  dataDirectory: string,
): Promise<CommandOutput<'receipt.remove'>> {
  return expectingTrialErrors(async () => {
    const removed: string[] = [];
    for (const id of ids) if (await removeReceipt(id, dataDirectory)) removed.push(id);
    if (removed.length === 0 && ids.length > 0) throw noReceipt(ids[0]!);
    return { removed };
  });
}

async function existing(id: string, dataDirectory: string): Promise<Receipt> {
  const receipt = await expectingTrialErrors(() => loadReceipt(id, dataDirectory));
  if (receipt === null) throw noReceipt(id);
  return receipt;
}

function noReceipt(id: string): ExpectedError {
  const remedy = 'See those that are kept with `plimsoll receipts list`.';
  return new ExpectedError('not-found', `There is no receipt ${id}.`, remedy, { id });
}

function newestFirst(left: ReceiptHead, right: ReceiptHead): number {
  return left.created < right.created ? 1 : left.created > right.created ? -1 : 0;
}

function copyOf(summary: ReturnType<typeof summarise>) {
  return { ...summary, memory: [...summary.memory] };
}
