import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';

describe.skipIf(chromiumIsMissing)('a vLLM deployment in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    open = await openWindow();
    ({ page } = open);
    await page.getByRole('link', { name: 'vLLM' }).click();
    const box = page.getByRole('combobox', { name: 'Model' });
    await box.click();
    await box.fill('Llama 3.1 8B');
    await page
      .getByRole('option', { name: /Llama 3\.1 8B/i })
      .first()
      .click();
  });

  afterAll(async () => {
    await open?.close();
  });

  const verdict = (word: string) => page.getByRole('heading', { name: word, exact: true }).waitFor();

  it('is judged at once for a card of the catalog', async () => {
    await verdict('Ship');
    const row = page.getByRole('row', { name: /^Weights/ }).first();
    await expect.poll(() => row.getByRole('cell').first().innerText()).toBe('14.99 GiB');
  });

  it('is refused as soon as more is asked than the card holds, and says what to set instead', async () => {
    await page.getByLabel('Context', { exact: true }).fill('131072');
    await page.getByLabel('Requests at once').fill('6');
    await verdict('Refuse');
    await page.getByText('--kv-cache-dtype fp8_e4m3').waitFor();
    await page.getByRole('button', { name: 'Take these over' }).click();
    await verdict('Ship');
  });

  it('shows what starts it, to copy and to save', async () => {
    await page.getByText('Compose', { exact: true }).click();
    await page.getByLabel('compose.yaml', { exact: true }).getByText('HF_TOKEN: ${HF_TOKEN:-}').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save compose.yaml' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('compose.yaml');
  });

  it('opens a deployment file, and says what is wrong with one that is none', async () => {
    const input = page.locator('input[type=file][accept*=".yaml"]');
    await input.setInputFiles(
      file('workload: {context: 4096, concurrency: 3}\nhardware: {gpus: [{card: l40s, count: 2}]}'),
    );
    await page.getByText(/on 1 × L40S, 4,096 tokens/).waitFor();
    await input.setInputFiles(file('workload: {concurrency: 0}'));
    await page.getByText(/workload\.concurrency: too small/).waitFor();
  });

  it('says that the machine was not measured where its own cards are asked for', async () => {
    await page.getByText('This machine', { exact: true }).click();
    await page.getByText('This machine was not measured yet.').first().waitFor();
    expect(open.problems).toEqual([]);
  });
});

function file(text: string) {
  return { name: 'deployment.yaml', mimeType: 'application/yaml', buffer: Buffer.from(text) };
}
