import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planSchema } from '../../src/core/plan/schema';
import { allEnd, pidsIn, receiptIn, runs, trialPlace } from '../support/trials';

let place: ReturnType<typeof trialPlace>;
beforeEach(() => {
  place = trialPlace();
});
afterEach(async () => {
  await place.cancelAll();
  place.remove();
});

/** A program that starts a child, writes both ids into `file`, hears nothing of SIGINT and SIGTERM, and stays. */
const stubborn = (file: string) =>
  `trap "" INT TERM\nsleep 1000 &\necho $! > ${file}\necho $$ >> ${file}\nwait\nsleep 1000`;
/** Share of this machine's memory in use. */
const hostShareNow = () => {
  const text = readFileSync('/proc/meminfo', 'utf8');
  const [total, available] = ['MemTotal', 'MemAvailable'].map((name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]),
  );
  return 1 - available! / total!;
};
/** What was started before it was cancelled, if anything was. */
const pidsThere = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
const fixture = (name: string) => resolve('test/fixtures/llama-runs', name);
const row = (speeds: string) =>
  `echo '{"build_commit":"f","build_number":1,"backends":"CPU","n_batch":1,"n_ubatch":1,"n_threads":1,"type_k":"f16","type_v":"f16","n_gpu_layers":0,"split_mode":"layer","n_prompt":0,"n_gen":8,"n_depth":0,"samples_ts":${speeds}}'`;
const promptRow = row('[1000]').replace('"n_prompt":0,"n_gen":8', '"n_prompt":32,"n_gen":0');

/** Whether some llama.cpp is found wherever PATH points. */
const installed = [
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/home/linuxbrew/.linuxbrew/bin',
  '/opt/llama.cpp/bin',
  '/app',
  '/usr/bin',
  '/bin',
]
  .flatMap((folder) => ['llama-server', 'llama-bench'].map((name) => join(folder, name)))
  .some((path) => existsSync(path));

describe.skipIf(process.platform === 'win32')('a trial whose runtime fails', () => {
  it.each([
    [
      'crashes',
      'llama-server',
      'echo "Illegal instruction" >&2\nkill -ILL $$',
      'runtime-crashed',
      /signal SIGILL/,
    ],
    ['ends at once', 'llama-bench', 'exit 3', 'runtime-crashed', /status 3/],
    ['prints other JSON', 'llama-bench', 'echo \'{"tokens": 5}\'', 'runtime-other-output', /\{"tokens": 5\}/],
    [
      'prints results without end',
      'llama-bench',
      'yes "{}"',
      'runtime-other-output',
      /no measurement .*llama-bench\)/,
    ],
    ['prints nothing', 'llama-bench', 'exit 0', 'runtime-other-output', /llama-bench\)\.$/],
    [
      'is an old version without a flag',
      'llama-server',
      `cat ${fixture('server-unknown-flag.txt')} >&2\nexit 1`,
      'runtime-unknown-flag',
      /--no-such-flag/,
    ],
    [
      'does not know a flag of llama-bench',
      'llama-bench',
      'echo "error: invalid parameter for argument: -lm" >&2\nexit 1',
      'runtime-unknown-flag',
      /-lm/,
    ],
    [
      'finds its port in use, again and again',
      'llama-server',
      `cat ${fixture('server-port-in-use.txt')} >&2\nexit 1`,
      'runtime-port-in-use',
      /taken by another program/,
    ],
    [
      'cannot load the model',
      'llama-server',
      `cat ${fixture('server-model-cut.txt')} >&2\nexit 1`,
      'runtime-model-not-loaded',
      /data is not within the file bounds/,
    ],
  ])('is told what happened where it %s', async (_, name, lines, code, message) => {
    const answer = await place.trial({ runtime: place.program(name, lines) });
    expect(answer).toMatchObject({ ok: false, failure: { code } });
    expect(!answer.ok && answer.failure.message).toMatch(message);
    expect(!answer.ok && answer.failure.remedy).toMatch(/\w/);
  });

  it('is told where there is no such runtime', async () => {
    const answer = await place.trial({ runtime: join(place.folder, 'llama-server') });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-missing' } });
  });

  it.skipIf(process.getuid === undefined)('is told where what is there is no program', async () => {
    const runtime = place.program('llama-server', 'exit 0');
    chmodSync(runtime, 0o644);
    const folder = join(place.folder, 'llama-bench');
    mkdirSync(folder);
    for (const path of [runtime, folder]) {
      const answer = await place.trial({ runtime: path });
      expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-not-a-program' } });
      expect(!answer.ok && answer.failure.message).toContain(`${path} is there`);
    }
  });

  it.skipIf(installed)('is told why what PATH has cannot be used, where there is nothing else', async () => {
    const program = place.program('llama-bench', '');
    writeFileSync(program, '#!/bin/sh\necho "no such library" >&2\nkill -ABRT $$\n');
    const { PATH: path, HOME: home } = process.env;
    Object.assign(process.env, { PATH: `${dirname(program)}:/usr/bin:/bin`, HOME: place.folder });
    try {
      const answer = await place.trial({ runtime: 'auto' });
      expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-crashed' } });
      expect(!answer.ok && answer.failure.message).toMatch(/no such library/);
    } finally {
      Object.assign(process.env, { PATH: path, HOME: home });
    }
  });

  it.each([
    ['says nothing', ''],
    ['has got to its tensors', 'echo "load_tensors: loading model tensors" >&2'],
  ])(
    'ends a llama-bench that hangs in loading and %s, in the time that loading may take',
    async (_, says) => {
      const runtime = place.program('llama-bench', `${says}\nexec sleep 1000`);
      const answer = await place.trial({ runtime, load_seconds: 0.5 });
      expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-load-timeout' } });
    },
  );

  it('waits for the first result of a llama-bench that has loaded', async () => {
    const says = 'echo "load_tensors: done\nllama_context: constructing" >&2\nsleep 1';
    const runtime = place.program('llama-bench', `${says}\n${row('[10, 10.1]')}`);
    expect(receiptIn(await place.trial({ runtime, load_seconds: 0.3, depth: 0 }))).toMatchObject({
      measured_decode_tok_s: 10.05,
    });
  });

  it('ends one that hangs in loading, and its children', async () => {
    const file = join(place.folder, 'pids');
    const runtime = place.program('llama-server', stubborn(file));
    const answer = await place.trial({ runtime, load_seconds: 0.5 });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-load-timeout' } });
    expect(await allEnd(await pidsIn(file, 2))).toBe(true);
  });

  it('ends the children that a runtime leaves behind', async () => {
    const file = join(place.folder, 'pids');
    const runtime = place.program(
      'llama-bench',
      `sleep 1000 >/dev/null 2>&1 &\necho $! > ${file}\n${row('[10, 10.1]')}`,
    );
    expect(receiptIn(await place.trial({ runtime, depth: 0 })).measured_decode_tok_s).toBeCloseTo(10.05);
    expect(await allEnd(await pidsIn(file, 1))).toBe(true);
  });

  it('leaves nothing running and keeps nothing where it is cancelled by hand', async () => {
    const file = join(place.folder, 'pids');
    const answer = place.trial({ runtime: place.program('llama-server', stubborn(file)) });
    const pids = await pidsIn(file, 2);
    expect(pids.every(runs)).toBe(true);
    await place.cancelAll();
    expect(await answer).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(await allEnd(pids)).toBe(true);
    expect(await place.dispatcher.call('receipt.list', {}, 'list')).toMatchObject({
      value: { receipts: [] },
    });
  });

  it.each(['plan', 'load', 'decode', 'depth'])(
    'leaves nothing running where it is cancelled at “%s”',
    async (step) => {
      const file = join(place.folder, 'pids');
      // its first run gives one result and stays, unless the second, at a depth, is the one to be cancelled
      const first = step === 'depth' ? `*"-d 0"*) ${row('[11, 12]')}; ${promptRow};;` : '';
      const says = step === 'decode' ? `${row('[11]')}\n` : '';
      const lines = `case "$*" in ${first} *) ${says}${stubborn(file)};; esac`;
      const cancelled: Promise<unknown>[] = [];
      const answer = await place.trial({ runtime: place.program('llama-bench', lines) }, (progress) => {
        if (progress.step === step && cancelled.length === 0) cancelled.push(place.cancelAll());
      });
      await Promise.all(cancelled);
      expect(answer).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
      expect(await allEnd(pidsThere(file))).toBe(true);
      expect(readdirSync(place.data)).not.toContain('receipts');
    },
  );

  it('refuses a second one at the same time, and names the first', async () => {
    const file = join(place.folder, 'pids');
    const first = place.trial({ runtime: place.program('llama-server', stubborn(file)) });
    const pids = await pidsIn(file, 2);
    const second = await place.trial({ runtime: place.program('llama-bench', row('[10]')) });
    expect(second).toMatchObject({ ok: false, failure: { code: 'locked', details: { pid: process.pid } } });
    await place.cancelAll();
    await first;
    expect(await allEnd(pids)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'is ended by the watchdog politely, then by force, and the receipt says so',
    async () => {
      const file = join(place.folder, 'pids');
      const runtime = place.program('llama-server', stubborn(file));
      const answer = await place.trial({ runtime, limits: { least_available_mib: 2 ** 40 } });
      const receipt = receiptIn(answer);
      expect(receipt).toMatchObject({
        stopped_by: { code: 'available-memory' },
        stayed_within_envelope: false,
        disturbed: true,
        measured_decode_tok_s: null,
      });
      expect(receipt.safety_samples).toBeGreaterThan(0);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'keeps what was measured before the watchdog ended it',
    async () => {
      // the first run is quick; the second takes memory until it is ended
      const lines = `case "$*" in *"-d 0"*) ${row('[11,12]')}; ${promptRow};; *) tail /dev/zero;; esac`;
      const runtime = place.program('llama-bench', lines);
      const answer = await place.trial({ runtime, limits: { host_share: hostShareNow() + 0.02 } });
      const receipt = receiptIn(answer);
      expect(receipt).toMatchObject({ stopped_by: { code: 'host-memory' }, disturbed: true });
      expect(receipt.measured_decode_tok_s).toBe(11.5);
      expect(receipt.method).toMatch(/until then/);
    },
    20_000,
  );

  it.skipIf(process.platform !== 'linux')('leaves nothing running where the agent is killed', async () => {
    const outDir = join(place.folder, 'built');
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
      build: {
        ssr: 'test/integration/trial-agent.ts',
        outDir,
        rollupOptions: { output: { format: 'es', entryFileNames: 'agent.mjs' } },
      },
    });
    const file = join(place.folder, 'pids');
    const runtime = place.program('llama-server', stubborn(file));
    const agent = spawn(process.execPath, [join(outDir, 'agent.mjs'), place.model, runtime, place.data], {
      stdio: 'ignore',
    });
    const pids = await pidsIn(file, 2);
    expect(pids.every(runs)).toBe(true);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    expect(await allEnd(pids)).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')('a trial', () => {
  it('of a model that is not on this machine says how to get it or a stand-in', async () => {
    const answer = await place.trial({
      reference: 'llama-3.2-1b',
      runtime: place.program('llama-bench', row('[10, 10]')),
    });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not-local' } });
    expect(!answer.ok && answer.failure.remedy).toMatch(/Download it, or write a stand-in/);
  });

  it('of a plan from another machine says so in the receipt', async () => {
    const made = await place.dispatcher.call('plan.make', { reference: place.model }, 'plan');
    const plan = { ...planSchema.parse(made.ok && made.value), profile_id: 'ffffffffffffffff' };
    const runtime = place.program('llama-bench', row('[10, 10]'));
    const receipt = receiptIn(await place.trial({ reference: null, plan, runtime, depth: 0 }));
    expect(receipt.conditions.plan_profile_id).toBe('ffffffffffffffff');
    expect(receipt.notes.join(' ')).toMatch(/another machine/);
  });

  it('goes no deeper than the model was trained for, which is all that llama-server gives', async () => {
    const file = join(place.folder, 'arguments');
    const runtime = place.program('llama-bench', `echo "$*" >> ${file}\n${row('[10, 10]')}\n${promptRow}`);
    receiptIn(await place.trial({ runtime, depth: null, request: { context: 8192 } }));
    const depths = readFileSync(file, 'utf8').match(/-d \d+/g);
    expect(depths).toEqual(['-d 0', `-d ${4096 - 32 - 8}`]);
  });

  it('of a plan that is refused is not run unless it is forced', async () => {
    const runtime = place.program('llama-bench', row('[10, 10]'));
    const request = { reserve_mib: 2 ** 30 };
    const answer = await place.trial({ runtime, request });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'refused' } });
    const forced = receiptIn(await place.trial({ runtime, request, force: true, depth: 0 }));
    expect(forced.plan?.verdict).toBe('refuse');
  });

  it('on llama-bench of a plan that it cannot express is refused with the reason', async () => {
    const runtime = place.program('llama-bench', row('[10, 10]'));
    const answer = await place.trial({ runtime, request: { parallel: 2 } });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'runtime-not-expressible' } });
    expect(!answer.ok && answer.failure.message).toMatch(/one sequence/);
  });

  it('on an address where nothing answers, or something else does, says which', async () => {
    const server = createServer((_, response) => response.end('<html></html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await place.trial({ runtime: `http://127.0.0.1:${port}` })).toMatchObject({
      failure: { code: 'runtime-not-llama-server' },
    });
    expect(await place.trial({ runtime: `https://127.0.0.1:${port}` })).toMatchObject({
      failure: { code: 'runtime-not-reachable' },
    });
    server.close();
    await once(server, 'close');
    expect(await place.trial({ runtime: `http://127.0.0.1:${port}` })).toMatchObject({
      failure: { code: 'runtime-not-reachable' },
    });
  });

  it('is answered although it cannot be kept, with the reason', async () => {
    const runtime = place.program('llama-bench', row('[10, 10]'));
    writeFileSync(join(place.data, 'receipts'), 'no folder');
    const answer = await place.trial({ runtime, depth: 0 });
    expect(receiptIn(answer).measured_decode_tok_s).toBe(10);
    expect(answer).toMatchObject({
      value: { path: null, not_kept: expect.stringMatching(/^Could not save .*receipts/) },
    });
  });

  it('is kept although a receipt beside it is damaged', async () => {
    const runtime = place.program('llama-bench', row('[10, 10]'));
    receiptIn(await place.trial({ runtime, depth: 0 }));
    writeFileSync(join(place.data, 'receipts', 'half.json'), '{"schema_version": "1.0');
    const list = await place.dispatcher.call('receipt.list', {}, 'list');
    expect(list).toMatchObject({ value: { receipts: [{ tool: 'llama-bench' }], damaged: [{ id: 'half' }] } });
  });
});
