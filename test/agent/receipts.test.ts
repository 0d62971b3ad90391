import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  compareReceipts,
  exportReceipts,
  importReceipts,
  listReceipts,
  removeReceipts,
  scoreOf,
  showReceipt,
} from '../../src/agent/receipts';
import { formatReceipt } from '../../src/core/receipt/parse-receipt';
import { receiptOf } from '../support/receipts';
import { temporaryFolder } from '../support/temporary';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

let steps: number[] = [];
const quiet = {
  signal: new AbortController().signal,
  progress: ({ fraction }: { fraction: number | null }) => void steps.push(fraction ?? 0),
};
const importing = (text: string) => {
  steps = [];
  return importReceipts({ text }, quiet, folder.path);
};

describe('the receipts kept', () => {
  it('are none at first', async () => {
    expect(await listReceipts(folder.path)).toMatchObject({ receipts: [], damaged: [] });
  });

  it('are listed the newest first, and a file cut in half is told beside them', async () => {
    await importing(formatReceipt(receiptOf('old', 30, { created: '2026-11-20T11:00:00.000Z' })));
    await importing(formatReceipt(receiptOf('new', 40)));
    const half = formatReceipt(receiptOf('half', 40)).slice(0, 500);
    writeFileSync(join(folder.path, 'receipts', 'half.json'), half);
    mkdirSync(join(folder.path, 'receipts', 'folder.json'));
    const list = await listReceipts(folder.path);
    expect(list.receipts.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(list.damaged.map(({ id }) => id).sort()).toEqual(['folder', 'half']);
    await expect(showReceipt({ id: 'half' }, folder.path)).rejects.toMatchObject({
      failure: { code: 'damaged-receipt' },
    });
  });

  it('are removed, damaged ones too, and another name is an error', async () => {
    await importing(formatReceipt(receiptOf('one', 30)));
    writeFileSync(join(folder.path, 'receipts', 'half.json'), '{');
    expect(await removeReceipts({ ids: ['one', 'half'] }, folder.path)).toEqual({ removed: ['one', 'half'] });
    expect(readdirSync(join(folder.path, 'receipts'))).toEqual([]);
    await expect(removeReceipts({ ids: ['one'] }, folder.path)).rejects.toMatchObject({
      failure: { code: 'not-found' },
    });
  });

  it('are compared with the plan they were measured against', async () => {
    await importing(formatReceipt(receiptOf('one', 45)));
    expect((await compareReceipts({ ids: ['one'] }, folder.path)).summary).toMatchObject({
      compared: 1,
      median_abs_error_pct: 25,
      coverage: 1,
    });
    await expect(compareReceipts({ ids: ['two'] }, folder.path)).rejects.toMatchObject({
      failure: { code: 'not-found' },
    });
  });

  it('come out and in again, one as a file of its own', async () => {
    await importing(
      [receiptOf('one', 45), receiptOf('two', 30)].map((each) => JSON.stringify(each)).join('\n'),
    );
    const { text, file_name } = await exportReceipts({ ids: [] }, folder.path);
    expect(file_name).toBe('receipts.jsonl');
    expect(await importing(text)).toMatchObject({ imported: [], already: 2 });
    const one = await exportReceipts({ ids: ['one'] }, folder.path);
    expect(one.text).toBe(readFileSync(join(folder.path, 'receipts', 'one.json'), 'utf8'));
  });

  it('take a thousand from elsewhere, mark the tenth that lies, and refuse what is none', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => {
      const honest = receiptOf(`r${index}`, 30 + (index % 20));
      if (index % 20 === 0) return JSON.stringify({ ...honest, measured_decode_tok_s: 36 });
      return JSON.stringify(index % 20 === 1 ? receiptOf(`r${index}`, 400) : honest);
    });
    const result = await importing([...lines, '{"schema_version": "1.0.0"}', '{"cut'].join('\n'));
    expect(result.imported).toHaveLength(1000);
    expect(result.doubtful).toHaveLength(100);
    expect(steps.length).toBeGreaterThan(10);
    expect(result.refused.map(({ position }) => position)).toEqual([1001, 1002]);
    expect(result.refused[1]!.message).toMatch(/not JSON, or is cut short/);
    const { summary, receipts } = await listReceipts(folder.path);
    expect(summary).toMatchObject({ count: 1000, disturbed: 100, compared: 900 });
    expect(receipts.every(({ imported }) => imported)).toBe(true);
  });

  it('are scored with progress that never goes back, until it is cancelled', async () => {
    await importing(readFileSync('test/fixtures/receipts/two-cores.jsonl', 'utf8'));
    const controller = new AbortController();
    const seen: (number | null)[] = [];
    const progress = ({ fraction }: { fraction: number | null }): void => {
      seen.push(fraction);
      if (seen.length === 4) controller.abort();
    };
    await expect(scoreOf({ signal: controller.signal, progress }, folder.path)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(seen).toHaveLength(4);
    expect(seen[0]).toBe(0);
    expect(seen).toEqual(seen.map(Number).sort((left, right) => left - right));
  });

  it('take receipts without their plans, and doubt none that was left in peace', async () => {
    let disturbed = 0;
    for (const name of ['two-cores', 'two-cores-read', 'two-cores-steady']) {
      const text = readFileSync(`test/fixtures/receipts/${name}.jsonl`, 'utf8');
      const result = await importing(text);
      expect(result).toMatchObject({ doubtful: [], refused: [], already: 0 });
      expect(result.imported.length).toBeGreaterThan(40);
      disturbed += text.split('"disturbed":true').length - 1;
    }
    const { receipts, summary } = await listReceipts(folder.path);
    expect(receipts.flatMap(({ disturbances }) => disturbances.map(({ code }) => code))).not.toContain(
      'inconsistent',
    );
    expect(summary.disturbed).toBe(disturbed);
    expect(disturbed).toBeGreaterThan(30);
  });

  it('doubt a receipt without its plan where it contradicts its own speeds, or is above its own ceiling', async () => {
    const honest = { ...receiptOf('a', 40), plan: null };
    const lies = [
      { ...honest, id: 'b', measured_decode_tok_s: 60 },
      { ...receiptOf('c', 400), plan: null },
    ];
    const text = [honest, ...lies].map((each) => JSON.stringify(each)).join('\n');
    expect(await importing(text)).toMatchObject({ imported: ['a', 'b', 'c'], doubtful: ['b', 'c'] });
  });

  it.each([
    ['no JSON at all', 'hello', 'not-json'],
    ['a table', 'a,b\n1,2\n', 'not-json'],
  ])('refuse %s', async (_, text, code) => {
    await expect(importing(text)).rejects.toMatchObject({ failure: { code } });
  });
});
