import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/programs';
import { serve, type Served } from '../support/served';
import { temporaryFolder } from '../support/temporary';
import { steps } from '../support/window-steps';

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)('the calculators in a browser (needs Chromium)', () => {
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
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(served.address);
    await page.getByRole('link', { name: 'Calculators' }).click();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    data.remove();
  });

  const figure = (name: string, column: number) =>
    page
      .getByRole('row', { name: new RegExp(`^${name}`) })
      .getByRole('cell')
      .nth(column);

  it('work out what is typed, at once', async () => {
    await page.getByLabel('Parameters').fill('7');
    await page.getByLabel('KV cache of a token').fill('0.5');
    await page.getByLabel('Context').fill('4096');
    await figure('Answer', 0).waitFor();
    expect(await figure('Answer', 0).innerText()).toBe('runs');
    expect(await figure('Free', 0).innerText()).toBe('15.0 %');
    expect(await figure('Free', 1).innerText()).toBe('–');
  });

  it('show the exact figures of a model beside the rule of thumb', async () => {
    const box = page.getByRole('combobox', { name: 'Model' });
    await box.click();
    await box.fill('Llama 3.1 8B');
    await page
      .getByRole('option', { name: /Llama 3\.1 8B/i })
      .first()
      .click();
    await page.getByText('Layer offload').click();
    await page.getByLabel('GPU memory').fill('6');
    await figure('Status', 1).getByText('partial offload').waitFor();
    expect(await figure('Layers on the GPU', 1).innerText()).toMatch(/^\d+ of 33$/);
    await steps(page, 'browser').screenshot('calculators');
    expect(problems).toStrictEqual([]);
  });
});
