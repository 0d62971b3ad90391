import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { findRuntime } from '../../src/host/run/find-runtime';
import { freePort } from '../../src/host/run/free-port';
import { writeTinyGguf } from '../support/tiny-gguf';
import { receiptIn, trialPlace } from '../support/trials';

const { signal } = new AbortController();
const server = await findRuntime('llama-server', null, signal).catch(() => null);
const bench = await findRuntime('llama-bench', null, signal).catch(() => null);
if (server === null) console.warn('No llama-server was found: trials on it are skipped.');
if (bench === null) console.warn('No llama-bench was found: trials on it are skipped.');

let place: ReturnType<typeof trialPlace>;
beforeEach(() => {
  place = trialPlace();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await place.cancelAll();
  place.remove();
});

describe.skipIf(server === null)('a trial on llama-server', () => {
  it('is what auto takes, and has speed by depth, memory beside the plan’s, and conditions', async () => {
    const steps = new Set<string>();
    const receipt = receiptIn(await place.trial({}, ({ step }) => steps.add(step)));
    expect(receipt.notes.join(' ')).toMatch(/llama-server was taken/);
    expect(receipt.speeds.map(({ phase, depth, tokens }) => [phase, depth, tokens])).toEqual([
      ['decode', 0, 8],
      ['prefill', 0, 32],
      ['decode', 256, 8],
      ['prefill', 224, 32],
    ]);
    expect(receipt.measured_decode_tok_s).toBeGreaterThan(0);
    const error = (component: string) =>
      receipt.memory.find((row) => row.device === 'host' && row.component === component)?.error_pct;
    // The log has two decimals of a MiB.
    expect(Math.abs(error('model')!)).toBeLessThan(2);
    expect(Math.abs(error('context')!)).toBeLessThan(2);
    expect(Math.abs(error('compute')!)).toBeLessThan(5);
    expect(receipt.conditions).toMatchObject({ tool: 'llama-server', context: 4096, kv_type_k: 'f16' });
    expect(receipt.conditions.argv).toContain('--fit');
    expect(receipt.model.header_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(receipt.envelope?.peak_rss_bytes).toBeGreaterThan(2 ** 20);
    expect([...steps]).toEqual(expect.arrayContaining(['load', 'decode', 'prefill', 'depth']));
  });

  it('can be one that runs already: its timings, and nothing of flags that are not known', async () => {
    await withServer([], async (runtime) => {
      const receipt = receiptIn(await place.trial({ runtime }));
      expect(receipt.measured_decode_tok_s).toBeGreaterThan(0);
      expect(receipt.conditions).toMatchObject({ tool: 'llama-server-url', context: 1024, argv: null });
      expect(receipt.memory).toEqual([]);
    });
  });

  it('can be one that asks for a key, which is the environment’s and stands in no receipt', async () => {
    await withServer(['--api-key', 'sesame'], async (runtime) => {
      vi.stubEnv('LLAMA_API_KEY', undefined);
      const without = await place.trial({ runtime });
      expect(without).toMatchObject({ ok: false, failure: { code: 'runtime-no-key' } });
      expect(!without.ok && without.failure.remedy).toMatch(/Set LLAMA_API_KEY/);
      vi.stubEnv('LLAMA_API_KEY', 'other');
      expect(await place.trial({ runtime })).toMatchObject({ failure: { code: 'runtime-other-key' } });
      vi.stubEnv('LLAMA_API_KEY', 'sesame');
      const receipt = receiptIn(await place.trial({ runtime }));
      expect(receipt.measured_decode_tok_s).toBeGreaterThan(0);
      expect(JSON.stringify(receipt)).not.toContain('sesame');
    });
  });

  it('is refused where the one that runs already has another model loaded', async () => {
    const other = join(place.folder, 'other.gguf');
    writeTinyGguf(other, { layers: 2 });
    await withServer([], async (runtime) => {
      const answer = await place.trial({ runtime, reference: other });
      expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-other-model' } });
      expect(!answer.ok && answer.failure.message).toMatch(/tiny\.gguf with [\d,]+ parameters instead of/);
    });
  });

  it('is started without the key of another server, which would close it', async () => {
    vi.stubEnv('LLAMA_API_KEY', 'sesame');
    expect(receiptIn(await place.trial()).measured_decode_tok_s).toBeGreaterThan(0);
  });

  it('gives llama.cpp’s own reason where the model file is cut short', async () => {
    truncateSync(place.model, 300_000);
    const answer = await place.trial();
    expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-model-not-loaded' } });
    expect(!answer.ok && answer.failure.message).toMatch(/not within the file bounds/);
  });

  it('is ended by the watchdog where a limit is absurd', async () => {
    const receipt = receiptIn(await place.trial({ limits: { host_share: 0.0001 } }));
    expect(receipt).toMatchObject({ stopped_by: { code: 'host-memory' }, stayed_within_envelope: false });
  });
});

describe.skipIf(bench === null)('a trial on llama-bench', () => {
  it('has decode and prefill at both depths with every repetition, and memory beside what is planned for it', async () => {
    const receipt = receiptIn(await place.trial({ runtime: 'llama-bench' }));
    expect(receipt.speeds.map(({ phase, depth }) => `${phase} ${depth}`).sort()).toEqual([
      'decode 0',
      'decode 256',
      'prefill 0',
      'prefill 256',
    ]);
    expect(receipt.speeds.every(({ tok_s }) => tok_s.n === 2)).toBe(true);
    expect(receipt.conditions).toMatchObject({ tool: 'llama-bench', backends: 'CPU', split_mode: 'layer' });
    const host = receipt.memory.filter(({ device }) => device === 'host');
    for (const { component, measured_bytes: measured, predicted_bytes: predicted } of host) {
      if (component === 'overhead') continue;
      // the log has two decimals of a MiB
      expect(Math.abs(measured! - predicted!), component).toBeLessThan(0.1 * 2 ** 20);
    }
    expect(host.find(({ component }) => component === 'model')?.measured_bytes).toBeGreaterThan(0);
  });
});

/** A llama-server with the model of this place that somebody else started, by its address. */
async function withServer(more: readonly string[], use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const args = ['-m', place.model, '-c', '1024', '-np', '1', '--host', '127.0.0.1', '--port', String(port)];
  const running = spawn(server!.path, [...args, ...more], { stdio: 'ignore' });
  try {
    await answers(`http://127.0.0.1:${port}/health`);
    await use(`http://127.0.0.1:${port}`);
  } finally {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
}

/** Waits until an address answers with 200. */
async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
