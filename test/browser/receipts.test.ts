import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { formatReceipt } from '../../src/core/receipt/parse-receipt';
import { receiptsInBundle } from '../../src/core/receipt/receipt-bundle';
import { parseServerLog } from '../../src/core/receipt/server-log';
import { profileWith } from '../core/plan/profiles';
import { capturedRun } from '../core/receipt/runs';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';
import { programOnPath } from '../support/programs';
import { receiptOf } from '../support/receipts';
import { writeTinyGguf } from '../support/tiny-gguf';

const llamaServer = programOnPath('llama-server');

describe.skipIf(chromiumIsMissing)('the receipts in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;
  let user: OpenWindow['user'];

  beforeAll(async () => {
    open = await openWindow({ prepare: keepReceipts });
    ({ page, user } = open);
    await page.getByRole('link', { name: 'Receipts' }).click();
  });

  afterAll(async () => {
    await open?.close();
  });

  const rows = () =>
    page.getByRole('table', { name: 'Decode, predicted and measured' }).getByRole('row').count();

  it('says how well the forecasts held, with every receipt in a table beside the plot', async () => {
    await page.getByRole('heading', { name: 'Predicted against measured' }).waitFor();
    await expect.poll(rows).toBe(5);
    const text = await page.locator('main').innerText();
    expect(text).toMatch(/median error/);
    expect(text).toContain('half');
    await page.locator('.recharts-scatter-symbol').first().waitFor();
    await expect.poll(() => page.locator('.recharts-reference-line').count()).toBe(3);
    await user.screenshot('receipts');
  });

  it('shows the ones that pass the filters', async () => {
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('llama-server');
    await expect.poll(rows).toBe(2);
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('');
  });

  it('shows one with memory by component beside the plan’s', async () => {
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('llama-server');
    await page.getByRole('button', { name: 'Qwen3 Q4_K_M' }).click();
    const detail = page.getByRole('region', { name: /on llama-server/ });
    await detail.waitFor();
    const memory = detail.getByRole('table', { name: 'Memory beside the plan' });
    await expect.poll(() => memory.innerText()).toMatch(/host · Weights/);
    await user.screenshot('receipt');
    await detail.getByRole('button', { name: 'Close the receipt' }).click();
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('');
  });

  it('shows the one whose point was clicked, its axes named in a colour that can be read', async () => {
    const axis = page.getByText('Measured, tok/s', { exact: true });
    expect(contrast(await axis.evaluate(colours))).toBeGreaterThanOrEqual(4.5);
    await page.locator('.recharts-scatter-symbol').first().click();
    const detail = page.getByRole('region', { name: /on llama-bench/ });
    await detail.waitFor();
    await detail.getByRole('button', { name: 'Close the receipt' }).click();
  });

  it('removes what cannot be read', async () => {
    await page.getByRole('button', { name: 'Remove them' }).click();
    await page.getByRole('heading', { name: 'Cannot be read' }).waitFor({ state: 'detached' });
    await expect.poll(rows).toBe(5);
  });

  it.skipIf(llamaServer === null)('runs a trial of the plan at hand (needs llama-server)', async () => {
    const model = join(open.data, 'tiny.gguf');
    writeTinyGguf(model);
    await user.openPlan();
    await user.openPath(model);
    await page.getByRole('button', { name: 'Run a trial' }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await page.getByText(/tiny: measured .* tok\/s, predicted/).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'See the receipts' }).click();
    await page.getByRole('button', { name: 'tiny F32' }).waitFor();
    expect(open.problems).toEqual([]);
  });
});

describe.skipIf(chromiumIsMissing)('the score of receipts in a browser (needs Chromium)', () => {
  it('names the decodes that lay furthest from their forecast, each a way to its receipt', async () => {
    const open = await openWindow({ prepare: keepMeasured });
    try {
      const { page } = open;
      await page.getByRole('link', { name: 'Receipts' }).click();
      const table = page.getByRole('table', { name: 'Decode furthest from its forecast' });
      const first = table.getByRole('button').first();
      await first.waitFor();
      const id = await first.innerText();
      await first.click();
      await page.getByText('Conditions and notes').click();
      await page.getByRole('definition').filter({ hasText: id }).waitFor();
      expect(open.problems).toEqual([]);
    } finally {
      await open.close();
    }
  });
});

/** The colour of a text in a picture and the one of the page below it, as `rgb(…)`. */
function colours(text: Element): readonly string[] {
  const below = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor === 'rgba(0, 0, 0, 0)' ? below(element.parentElement) : backgroundColor;
  };
  return [getComputedStyle(text).fill, below(text)];
}

/** Contrast of two opaque colours by WCAG 2.2, 1 to 21. */
function contrast(pair: readonly string[]): number {
  const [light, dark] = pair.map(luminance).sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(colour: string): number {
  const linear = colour
    .match(/[\d.]+/g)!
    .slice(0, 3)
    .map((part) => Number(part) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
}

/** A dozen of the receipts of a quiet session on two cores. */
function keepMeasured(dataFolder: string): void {
  const folder = join(dataFolder, 'receipts');
  mkdirSync(folder);
  const text = readFileSync('test/fixtures/receipts/two-cores-starts.jsonl', 'utf8');
  for (const receipt of receiptsInBundle(text).receipts.slice(0, 12)) {
    writeFileSync(join(folder, `${receipt.id}.json`), formatReceipt(receipt));
  }
}

/** A profile, three receipts of llama-bench, one of llama-server and half a one. */
function keepReceipts(dataFolder: string): void {
  const folder = join(dataFolder, 'receipts');
  mkdirSync(folder);
  writeFileSync(join(dataFolder, 'profile.json'), formatProfile(profileWith({ features: ['avx2'] })));
  for (const decode of [20, 34, 52]) {
    writeFileSync(join(folder, `bench-${decode}.json`), formatReceipt(receiptOf(`bench-${decode}`, decode)));
  }
  const log = parseServerLog(capturedRun('server-cpu.txt'));
  const served1 = receiptOf('served', 30, { log });
  const own = { ...served1, conditions: { ...served1.conditions, tool: 'llama-server' } };
  writeFileSync(join(folder, 'served.json'), formatReceipt(own));
  writeFileSync(join(folder, 'half.json'), '{"schema_version"');
}
