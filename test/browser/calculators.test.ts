import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';

describe.skipIf(chromiumIsMissing)('the calculators in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    open = await openWindow();
    ({ page } = open);
    await page.getByRole('link', { name: 'Calculators' }).click();
  });

  afterAll(async () => {
    await open?.close();
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
    await expect.poll(() => figure('Free', 0).innerText()).toBe('15.0 %');
    await expect.poll(() => figure('Answer', 0).innerText()).toBe('runs');
    await expect.poll(() => figure('Free', 1).innerText()).toBe('–');
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
    await expect.poll(() => figure('Layers on the GPU', 1).innerText()).toMatch(/^\d+ of 33$/);
    await open.user.screenshot('calculators');
    expect(open.problems).toStrictEqual([]);
  });
});
