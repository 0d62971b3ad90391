import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/programs';
import { serve, type Served } from '../support/served';
import { temporaryFolder } from '../support/temporary';

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)('a vLLM deployment in a browser (needs Chromium)', () => {
  const data = temporaryFolder();
  const problems: string[] = [];
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serve(data.path);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(served.address);
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
    await browser?.close();
    await served?.stop();
    data.remove();
  });

  const verdict = (word: string) => page.getByRole('heading', { name: word, exact: true }).waitFor();

  it('is judged at once for a card of the catalog', async () => {
    await verdict('Ship');
    const row = page.getByRole('row', { name: /^Weights/ }).first();
    expect(await row.getByRole('cell').first().innerText()).toBe('14.99 GiB');
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
    expect(problems).toEqual([]);
  });
});

function file(text: string) {
  return { name: 'deployment.yaml', mimeType: 'application/yaml', buffer: Buffer.from(text) };
}
