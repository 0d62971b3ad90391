import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/agent/read-model';
import { exportPlan } from '../../src/core/export/export-plan';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/schema';
import { freePort } from '../../src/host/run/free-port';
import { profileWith } from '../core/plan/profiles';
import { programOnPath } from '../support/programs';
import { temporaryFolder } from '../support/temporary';
import { writeTinyGguf } from '../support/tiny-gguf';

const server = programOnPath('llama-server');
if (server === null) console.warn('llama-server is not on PATH: exported presets are not started.');

const folder = temporaryFolder();
const model = join(folder.path, "tiny model's.gguf");
let running: ChildProcess | null = null;

beforeAll(() => {
  mkdirSync(folder.path, { recursive: true });
  writeTinyGguf(model);
});
/** Asked to end, it ends the servers that it started. */
afterEach(async () => {
  if (running === null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
  running = null;
});
afterAll(() => folder.remove());

async function planOfTiny() {
  const read = await readModel(model, new AbortController().signal, folder.path);
  return planModel(read, profileWith(), planRequestSchema.parse({ context: 512, parallel: 2, threads: 2 }));
}

describe.skipIf(process.platform === 'win32')('an exported script of sh', () => {
  it('starts the program with exactly the words of the plan', async () => {
    const plan = await planOfTiny();
    const echo = join(folder.path, 'llama-server');
    writeFileSync(echo, '#!/bin/sh\nprintf "%s\\0" "$@"\n', { mode: 0o755 });
    const script = join(folder.path, 'run.sh');
    writeFileSync(script, exportPlan(plan, 'sh').text);
    const output = execFileSync('sh', [script], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder.path}:${process.env['PATH']}` },
    });
    expect(output.split('\0').slice(0, -1)).toEqual(plan.commands[0]!.argv);
  });
});

describe.skipIf(server === null)('an exported preset', () => {
  it('is read by the real llama-server, which starts the model from it', async () => {
    const plan = await planOfTiny();
    const preset = join(folder.path, 'preset.ini');
    const { text } = exportPlan(plan, 'preset-ini');
    writeFileSync(preset, text);
    const name = /^\[(.*)\]$/m.exec(text)![1]!;
    const port = await freePort();
    const args = ['--models-preset', preset, '--host', '127.0.0.1', '--port', String(port), '--offline'];
    running = spawn(server!, args, { stdio: 'ignore', env: { ...process.env, LLAMA_CACHE: folder.path } });
    const at = `http://127.0.0.1:${port}`;
    const answer = await answered(`${at}/completion`, { model: name, prompt: 'a', n_predict: 2 });
    expect(answer).toMatchObject({ tokens_predicted: expect.any(Number) });
    const props = (await (await fetch(`${at}/props?model=${encodeURIComponent(name)}`)).json()) as {
      default_generation_settings: { n_ctx: number };
      total_slots: number;
      model_path: string;
    };
    expect(props.total_slots).toBe(2);
    expect(props.model_path).toBe(model);
    expect(props.default_generation_settings.n_ctx).toBe(256);
  }, 60_000);
});

/** The first answer that is not an error, for a server that is on its way up. */
async function answered(url: string, body: unknown): Promise<unknown> {
  let last = '';
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      if (response.ok) return await response.json();
      last = await response.text();
    } catch (error) {
      last = String(error);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no answer from ${url}: ${last}`);
}
