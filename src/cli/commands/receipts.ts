import { saveReport } from '../../agent/save-report';
import { ExpectedError } from '../../contract/errors';
import type { Receipt } from '../../core/receipt/schema';
import { receiptListText, receiptSummaryText } from '../../core/report/receipt-list-text';
import { scoreText } from '../../core/report/score-text';
import { receiptText } from '../../core/report/receipt-text';
import { printResult, type CliCommand, type Context } from '../command';
import { exitStatus } from '../exit-status';
import { readNamedFile } from '../named-file';

interface ReceiptsOptions {
  readonly out?: string;
}

/** Answers its exit status where that is not `done`. */
type Action = (
  context: Context,
  words: readonly string[],
  options: ReceiptsOptions,
) => Promise<number | void>;

const actions: Readonly<Record<string, Action>> = {
  list: listAll,
  show: showEach,
  compare,
  score,
  export: exportThem,
  import: importFiles,
  remove: removeThem,
};

export const receipts: CliCommand<ReceiptsOptions> = {
  meta: {
    name: 'receipts',
    summary: 'List, show, compare, score, export, import or remove what trials measured.',
    argument: { name: 'action', description: Object.keys(actions).join(', ') },
    rest: { name: 'receipts', description: 'ids of receipts; files for import' },
    options: [{ flags: '--out <file>', description: 'export: write there instead of to stdout' }],
  },
  async handler(context, options, name, words) {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw usage(`There is no action "${name}".`, `Say one of ${Object.keys(actions).join(', ')}.`);
    return (await action(context, words, options)) ?? exitStatus.done;
  },
};

async function listAll(context: Context): Promise<void> {
  const list = await context.call('receipt.list', {});
  printResult(context, list, () => receiptListText(list.receipts, list.damaged, context.terminal));
}

async function showEach(context: Context, ids: readonly string[]): Promise<void> {
  const found: Receipt[] = [];
  for (const id of some(ids, 'show')) found.push((await context.call('receipt.show', { id })).receipt);
  const value = found.length === 1 ? found[0] : found;
  printResult(context, value, () =>
    found.map((receipt) => receiptText(receipt, context.terminal)).join('\n'),
  );
}

async function compare(context: Context, ids: readonly string[]): Promise<void> {
  const compared = await context.call('receipt.compare', { ids: [...ids] });
  const { terminal } = context;
  printResult(
    context,
    compared,
    () =>
      `${receiptListText(compared.receipts, [], terminal)}\n${receiptSummaryText(compared.summary, terminal)}`,
  );
}

async function score(context: Context): Promise<void> {
  const scored = await context.call('receipt.score', {});
  printResult(context, scored, () => scoreText(scored, context.terminal));
}

async function exportThem(
  { call, terminal }: Context,
  ids: readonly string[],
  { out }: ReceiptsOptions,
): Promise<void> {
  const { text } = await call('receipt.export', { ids: [...ids] });
  if (out === undefined) return terminal.printRaw(text);
  await saveReport(out, text);
  terminal.say(`Written to ${out}.`);
}

/** Failed where a file held receipts and none of them could be read. */
async function importFiles(context: Context, files: readonly string[]): Promise<number> {
  const results: Imported[] = [];
  for (const file of some(files, 'import')) {
    const text = await readNamedFile(file, { what: '', remedy: 'Check the path.' });
    results.push({ file, ...(await context.call('receipt.import', { text })) });
  }
  printResult(context, results, () => `${results.map(importLine).join('\n')}\n`);
  const failed = results.some(
    ({ imported, already, refused }) => refused.length > 0 && imported.length + already === 0,
  );
  return failed ? exitStatus.failed : exitStatus.done;
}

interface Imported {
  readonly file: string;
  readonly imported: readonly string[];
  readonly already: number;
  readonly doubtful: readonly string[];
  readonly refused: readonly { readonly position: number; readonly message: string }[];
}

function importLine({ file, imported, already, doubtful, refused }: Imported): string {
  const parts = [`${file}: ${imported.length} imported`];
  if (already > 0) parts.push(`${already} here already`);
  if (doubtful.length > 0) parts.push(`${doubtful.length} marked, because their figures cannot be`);
  if (refused.length > 0) {
    parts.push(
      `${refused.length} refused (the first, number ${refused[0]!.position}: ${refused[0]!.message})`,
    );
  }
  return parts.join(', ');
}

async function removeThem(context: Context, ids: readonly string[]): Promise<void> {
  const result = await context.call('receipt.remove', { ids: [...some(ids, 'remove')] });
  printResult(context, result, () => `Removed ${result.removed.join(', ')}.\n`);
}

function some(words: readonly string[], action: string): readonly string[] {
  if (words.length > 0) return words;
  const what = action === 'import' ? 'a file' : 'the id of a receipt';
  throw usage(`receipts ${action} needs ${what}.`, 'See the ids with `plimsoll receipts list`.');
}

function usage(message: string, remedy: string): ExpectedError {
  return new ExpectedError('usage', message, remedy);
}
