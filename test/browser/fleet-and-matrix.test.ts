import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';

describe.skipIf(chromiumIsMissing)('matrix and fleet in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    open = await openWindow();
    ({ page } = open);
  });

  afterAll(async () => {
    await open?.close();
  });

  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  it('show models on cards, cell by cell with the keyboard alone', async () => {
    await page.getByRole('link', { name: 'Matrix' }).click();
    const cell = page.getByRole('gridcell', { name: /^Llama 3\.1 8B on gtx-1080-ti/ });
    await cell.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const pair = page.getByRole('region', { name: 'Llama 3.1 8B on GeForce GTX 1080 Ti' });
    await pair.waitFor();
    await expect
      .poll(() => pair.getByRole('row', { name: /^Status/ }).innerText())
      .toMatch(/runs, \d+\.\d % free/);
    await open.user.screenshot('matrix');
  });

  it('count by the planner without keeping the window', async () => {
    await page.getByRole('combobox', { name: 'Figures' }).click();
    await page.getByRole('option', { name: /^Exact/ }).click();
    await page.getByRole('textbox', { name: 'Models' }).fill('llama 3.1 8b');
    await page.getByRole('gridcell', { name: /^Llama 3\.1 8B on rtx-3090: runs/ }).click();
    const pair = page.getByRole('region', { name: /^Llama 3\.1 8B on GeForce RTX 3090/ });
    await pair.getByRole('row', { name: /^Compute buffers/ }).waitFor();
  });

  it('take rows of the user’s own, say every fault of those that are wrong, and let them go again', async () => {
    const choose = async (name: string, text: string) => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Import rows' }).click();
      await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    };
    await choose('wrong.json', '{"gpus": [{"id": "x"}, {"id": "y"}]}');
    const alert = page.getByRole('alert').filter({ hasText: 'The rows were not imported' });
    await alert.getByRole('listitem').nth(1).waitFor();
    expect(await alert.innerText()).toContain('memory_gib must be the memory of the card');
    const card = {
      id: 'my-card',
      name: 'My card',
      vendor: 'nvidia',
      class: 'consumer',
      memory_gib: 31,
    };
    await choose('mine.json', JSON.stringify({ gpus: [card] }));
    await page.getByRole('button', { name: 'Remove mine.json' }).waitFor();
    const cell = page.getByRole('gridcell', { name: /^Llama 3\.1 8B on my-card: runs/ });
    await cell.waitFor();
    await page.getByRole('button', { name: 'Remove mine.json' }).click();
    await cell.waitFor({ state: 'detached' });
  });

  it('size a fleet while one types', async () => {
    await page.getByRole('link', { name: 'Fleet' }).click();
    await page.getByText('3 × dgx300 recommended, 2 at least.').waitFor();
    await page.getByRole('textbox', { name: 'Sessions at a time' }).fill('5000');
    await page.getByText('11 × dgx300 recommended, 8 at least.').waitFor();
    await page.getByRole('textbox', { name: 'Price of a server' }).fill('500000');
    await page.getByRole('cell', { name: '5,500,000 USD' }).first().waitFor();
    await page.getByRole('textbox', { name: 'Context of a session' }).fill('400000');
    await page.getByText(/exceeds the 131072 that opt-oss-120b can do/).waitFor();
    await open.user.screenshot('fleet');
  });

  it('say why a model cannot be split over so many cards', async () => {
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('combobox', { name: 'Model' }).fill('llama-3.1-70b');
    await page.getByRole('option', { name: 'llama-3.1-70b' }).click();
    await page.getByRole('textbox', { name: 'Cards of a copy' }).fill('7');
    await page.getByRole('alert').getByText('cannot be split over 7 cards').waitFor();
  });

  it('fit a narrow window', async () => {
    await page.setViewportSize({ width: 380, height: 800 });
    await page.getByRole('textbox', { name: 'Cards of a copy' }).fill('8');
    await page
      .getByText(/copies? a node|of weights on 8/)
      .first()
      .waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: 'Matrix' }).click();
    await page.getByRole('grid').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(open.problems).toStrictEqual([]);
  });
});
