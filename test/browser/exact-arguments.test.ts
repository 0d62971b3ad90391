import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';
import { programOnPath } from '../support/programs';
import { sparseModel } from '../support/sparse-model';
import { temporaryFolder } from '../support/temporary';

const withoutOracle = programOnPath('llama-fit-params') === null;

describe.skipIf(chromiumIsMissing)('exact arguments in the window (needs Chromium)', () => {
  const models = temporaryFolder();
  let open: OpenWindow;
  let page: Page;
  let user: OpenWindow['user'];

  beforeAll(async () => {
    mkdirSync(models.path, { recursive: true });
    open = await openWindow({ shots: 'exact' });
    ({ page, user } = open);
    await user.takeQuickLook();
    await user.openPlan();
    await user.openPath(sparseModel('llama-3.1-8b', models.path));
    await user.verdict();
  });

  afterAll(async () => {
    await open?.close();
    models.remove();
  });

  it('are judged while they are typed, and put back with one button', async () => {
    await page.getByText('Judge arguments of your own').click();
    await page
      .getByLabel('Arguments', { exact: true })
      .fill("-c 512 -np 1 -cram 0 --alias 'my model' -dev none");
    const line = page.getByLabel('Command line for llama-server');
    await line.filter({ hasText: '--alias' }).waitFor();
    await expect.poll(() => line.innerText()).toContain("'my model'");
    await user.screenshot('exact-arguments');
    await page.getByRole('button', { name: 'Clear' }).click();
    await line.filter({ hasText: '--fit off' }).waitFor();
  });

  it('are told which word cannot stand', async () => {
    await page.getByLabel('Arguments', { exact: true }).fill('-c 512 --bogus');
    const alert = page.getByRole('alert').filter({ hasText: '--bogus' });
    await alert.waitFor();
    expect(await alert.innerText()).toContain('no option --bogus');
    await page.getByRole('button', { name: 'Clear' }).click();
  });

  it.skipIf(withoutOracle)('have llama.cpp asked on demand (needs llama-fit-params)', async () => {
    await page.getByLabel('Arguments', { exact: true }).fill('-c 2048 -np 1 -dev none');
    await page.getByRole('button', { name: 'Ask llama.cpp' }).click();
    await page.getByText('Host, llama.cpp').waitFor();
    await expect
      .poll(() => page.getByRole('region', { name: 'By llama.cpp' }).innerText())
      .toMatch(/host, planned/);
    await user.screenshot('oracle');
  });

  it('leave no error behind', () => {
    expect(open.problems).toEqual([]);
  });
});
