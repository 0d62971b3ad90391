import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { say } from '../scripts/setup/say.mjs';

const RUNS = 5;
const MODEL = 'smollm3';
const PROFILE = 'test/fixtures/profiles/example-1.0.0.json';
const EMPTY_MAIN = `const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 900 }).loadURL('data:text/html,<h1>Ready</h1>'));
app.on('window-all-closed', () => app.quit());
`;

/**
 * From the start of Electron to the first view with its figures, and to the first plan that was asked for as fast as a script can,
 * beside a window with one word in it, interleaved. Under Xvfb where there is no display.
 */
export async function run() {
  const electron = electronPath();
  if (electron === null) return say('no Electron here: set ELECTRON_OVERRIDE_DIST_PATH');
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  const display = await openDisplay();
  try {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'main.js'), EMPTY_MAIN);
    writeFileSync(join(empty, 'package.json'), '{"name":"empty","main":"main.js"}');
    copyFileSync(PROFILE, join(folder, 'profile.json'));
    const open = (app) => launch(electron, app, { DISPLAY: display.name, PLIMSOLL_DATA_DIR: folder });
    const times = { empty: [], view: [], plan: [] };
    for (let at = 0; at <= RUNS; at += 1) {
      const none = await time(() => open(empty), showEmpty);
      const own = await time(() => open('.'), showPlan);
      // The first start of each reads its files from the disk.
      if (at === 0)
        say(`first start: empty ${none.at(-1)} ms, first view ${own[0]} ms, first plan ${own[1]} ms`);
      else {
        times.empty.push(none[0]);
        times.view.push(own[0]);
        times.plan.push(own[1]);
      }
    }
    say(`empty window: ${spread(times.empty)}`);
    say(`this window, its first view: ${spread(times.view)}`);
    say(`this window, its first plan (${MODEL}): ${spread(times.plan)}`);
  } finally {
    display.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function showEmpty(page, mark) {
  await page.getByText('Ready').waitFor();
  mark();
}

async function showPlan(page, mark) {
  await page.getByRole('heading', { name: 'This machine' }).waitFor();
  mark();
  await page.getByRole('link', { name: 'Plan' }).click();
  await page.getByRole('combobox', { name: 'Model' }).fill(MODEL);
  await page.getByRole('option').first().click();
  await page.getByRole('region', { name: 'Verdict' }).waitFor();
  mark();
}

/** Milliseconds from before the start to each mark. */
async function time(start, show) {
  const from = performance.now();
  const app = await start();
  const marks = [];
  await show(await app.firstWindow(), () => marks.push(Math.round(performance.now() - from)));
  await app.close();
  return marks;
}

function launch(executablePath, app, env) {
  return _electron.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', app],
    env: { ...process.env, ...env },
  });
}

function electronPath() {
  const folders = [process.env.ELECTRON_OVERRIDE_DIST_PATH, 'node_modules/electron/dist'];
  const found = folders.find((folder) => folder && existsSync(join(folder, 'electron')));
  return found === undefined ? null : join(found, 'electron');
}

async function openDisplay() {
  if (process.env.DISPLAY) return { name: process.env.DISPLAY, close: () => {} };
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [number] = await once(server.stdout, 'data');
  return { name: `:${String(number).trim()}`, close: () => server.kill() };
}

function spread(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]} ms (${sorted[0]} to ${sorted.at(-1)})`;
}
