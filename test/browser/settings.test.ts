import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { profileWith } from '../core/plan/profiles';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';

describe.skipIf(chromiumIsMissing)('the settings of a plan in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    open = await openWindow({
      prepare: (folder) =>
        writeFileSync(join(folder, 'profile.json'), formatProfile(profileWith({ features: ['avx2'] }))),
    });
    ({ page } = open);
    await open.user.openPlan();
    for (const card of ['RTX 4090', 'RTX 3090 (']) await pick('What if it had this card', card);
    await open.user.pickFromCatalog('Qwen3 30B');
  });

  afterAll(async () => {
    await open?.close();
  });

  const pick = async (label: string, text: string) => {
    await page.getByRole('combobox', { name: label }).fill(text);
    await page.getByRole('option', { name: text }).first().click();
  };
  const flags = () => expect.poll(() => open.user.flags(), { timeout: 20_000 });
  const verdict = () => expect.poll(() => open.user.verdict(), { timeout: 20_000 });

  it('become flags at once, and go back to what Plimsoll chooses one by one, with the keyboard staying there', async () => {
    await page.getByText('More', { exact: true }).click();
    await page.getByText('These', { exact: true }).click();
    await page.getByLabel('Share of GPU 0').fill('3');
    await page.getByLabel('Share of GPU 1').fill('1');
    await flags().toMatch(/-ts '?3,1/);
    const back = page.getByRole('button', { name: 'Shares of the layers: back to what Plimsoll chooses' });
    await back.focus();
    await page.keyboard.press('Enter');
    await flags().not.toMatch(/-ts '?3,1/);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  });

  it('hold the plan to a budget of one device', async () => {
    await page.getByLabel('Most to use, GPU 1, GiB').fill('6');
    await verdict().toMatch(/gpu1 .*of 6\.00 GiB/);
    await page.getByLabel('Held back, Host memory, GiB').fill('2');
    await page.getByRole('button', { name: 'Budgets: back to what Plimsoll chooses' }).click();
    await verdict().not.toMatch(/of 6\.00 GiB/);
  });

  it('show the sentence of the planner where they contradict each other', async () => {
    await page.getByRole('textbox', { name: 'Tensors put by name' }).fill('ffn=gpu7');
    await verdict().toMatch(/gpu7 was named, and this machine has gpu0, gpu1\./);
    await page.getByRole('button', { name: 'Tensors put by name: back' }).click();
    await page.getByRole('combobox', { name: 'Best at' }).click();
    await page.getByRole('option', { name: 'The shortest turn' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('9000');
    await verdict().toMatch(/A turn of 9,512 tokens does not fit in a context of 8,192\./);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('6000');
    await verdict().toMatch(/ship/i);
  });

  it('say what cannot be meant, and keep what was there', async () => {
    const sequences = page.getByLabel('Parallel sequences');
    await sequences.fill('300');
    await page.getByText('From 1 to 256').waitFor();
    await flags().toContain('-np 1 ');
    await sequences.fill('2');
    await flags().toContain('-np 2 ');
  });

  it('stay as they are with another model, and after a look at another view', async () => {
    await page.getByRole('button', { name: 'Best at: back' }).click();
    await page.getByRole('button', { name: 'Hold back what this model takes' }).click();
    await open.user.pickFromCatalog('SmolLM3');
    await page.getByRole('link', { name: 'Machine' }).click();
    await open.user.openPlan();
    await flags().toContain('-np 2 ');
    await page.getByText(/Held for Qwen3 30B A3B/).waitFor();
    await page.getByRole('button', { name: /^Hold nothing for Qwen3 30B/ }).click();
    await page.getByRole('button', { name: 'Defaults' }).click();
    await flags().toContain('-np 1 ');
  });

  it('are planned for another machine by its profile, and for this one again', async () => {
    const host = /Host memory takes .* of 58\.00 GiB/;
    await verdict().toMatch(host);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Another machine…' }).click();
    await (await chooser).setFiles('test/fixtures/profiles/example-1.0.0.json');
    const back = page.getByRole('button', { name: 'Back to this machine' });
    await back.waitFor();
    await verdict().not.toMatch(host);
    await back.click();
    await back.waitFor({ state: 'detached' });
    await verdict().toMatch(host);
  });

  it('say what is wrong with a file that is no profile, and keep the machine', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Another machine…' }).click();
    await (await chooser).setFiles('package.json');
    await page.getByRole('alert').first().waitFor();
    expect(await page.getByRole('button', { name: 'Back to this machine' }).count()).toBe(0);
  });

  it('logged no error on the way', () => {
    expect(open.problems).toEqual([]);
  });
});
