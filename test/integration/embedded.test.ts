import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installRuntime, listEmbedded, removeEmbedded } from '../../src/agent/runtimes';
import { buildProbes } from '../support/built-readers';
import { temporaryFolder } from '../support/temporary';
import { receiptIn, trialPlace } from '../support/trials';

const created = '2026-01-01T00:00:00.000Z';
const pathBefore = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = pathBefore;
});

function newTask(onProgress: () => void = () => {}) {
  const controller = new AbortController();
  return { controller, task: { signal: controller.signal, progress: onProgress } };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: { failure?: { code: string; message: string }; name: string }) =>
      error.failure ?? { code: error.name },
  );

/** Puts an npm of these lines of sh before all others. */
function fakeNpm(folder: string, lines: string): void {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, 'npm'), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  process.env['PATH'] = `${programs}${delimiter}${pathBefore}`;
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'installing an embedded runtime',
  () => {
    const folder = temporaryFolder();
    afterAll(() => folder.remove());
    const runtimes = () =>
      existsSync(join(folder.path, 'runtimes')) ? readdirSync(join(folder.path, 'runtimes')) : [];

    it('says what npm said where it fails, and leaves nothing', async () => {
      fakeNpm(folder.path, 'mkdir node_modules; echo "npm error code ENOTFOUND" >&2; exit 1');
      const failure = await failureOf(installRuntime('cpu', newTask().task, folder.path, created));
      expect(failure).toMatchObject({
        code: 'runtime-npm-failed',
        message: expect.stringContaining('ENOTFOUND'),
      });
      expect(runtimes()).toEqual([]);
    });

    it('ends npm and what it has started when it is cancelled, and leaves nothing', async () => {
      fakeNpm(folder.path, 'mkdir node_modules; sleep 60');
      const { task, controller } = newTask();
      const installing = failureOf(installRuntime('cpu', task, folder.path, created));
      await expect.poll(() => runtimes().length).toBe(1);
      controller.abort();
      expect(await installing).toMatchObject({ code: 'AbortError' });
      expect(runtimes()).toEqual([]);
    });

    it('lets one install at a time, keeps what is whole, sweeps what a killed one left, and removes', async () => {
      const left = join(folder.path, 'runtimes', `embedded-cpu.${2 ** 22 + 1}.installing`);
      mkdirSync(left, { recursive: true });
      fakeNpm(
        folder.path,
        'mkdir node_modules; echo x > node_modules/file; sleep 0.3; printf "%s " "$@" > words',
      );
      const both = [1, 2].map(() => failureOf(installRuntime('cpu', newTask().task, folder.path, created)));
      expect((await Promise.all(both)).map((failure) => failure?.code ?? null)).toEqual(
        expect.arrayContaining(['locked', null]),
      );
      expect(runtimes()).toEqual(['embedded-cpu']);
      const { installed } = await listEmbedded(folder.path);
      expect(installed).toMatchObject([{ kind: 'cpu', version: '3.22.1', created }]);
      expect(await removeEmbedded('cpu', folder.path)).toEqual({ removed: true });
      expect(await removeEmbedded('cpu', folder.path)).toEqual({ removed: false });
      expect((await listEmbedded(folder.path)).installed).toEqual([]);
    });

    it('is told where there is no npm, and where there is nothing for this system', async () => {
      process.env['PATH'] = '/nowhere';
      expect(await failureOf(installRuntime('cpu', newTask().task, folder.path, created))).toMatchObject({
        code: 'runtime-no-npm',
      });
      expect(
        await failureOf(
          Promise.resolve().then(() => installRuntime('metal', newTask().task, folder.path, created)),
        ),
      ).toMatchObject({
        code: 'runtime-not-offered',
      });
    });
  },
);

/** Whether npm's registry answers with the package here. */
function registryAnswers(): boolean {
  const asked = spawnSync('npm', ['view', 'node-llama-cpp@3.22.1', 'version'], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  return asked.status === 0 && asked.stdout.includes('3.22.1');
}

const reachable = process.platform === 'linux' && process.arch === 'x64' && registryAnswers();
if (!reachable)
  console.warn('npm’s registry has no node-llama-cpp here: trials on the embedded runtime are skipped.');

describe.skipIf(!reachable)('the embedded runtime (needs npm’s registry)', () => {
  let built: Awaited<ReturnType<typeof buildProbes>>;
  let place: ReturnType<typeof trialPlace>;
  beforeAll(async () => {
    built = await buildProbes(['embedded-runner'], { koffi: false });
    place = trialPlace({ embeddedRunner: built.file('embedded-runner') });
    await installRuntime('cpu', newTask().task, place.data, created);
  }, 300_000);
  afterAll(async () => {
    await place.cancelAll();
    place.remove();
    built.remove();
  });

  it('runs a plan: speeds by depth, memory by component beside the plan’s', async () => {
    const receipt = receiptIn(
      await place.trial({ runtime: 'embedded', repetitions: 1, request: { threads: 1 } }),
    );
    expect(receipt.conditions).toMatchObject({ tool: 'node-llama-cpp', backends: 'cpu', context: 4096 });
    expect(receipt.conditions.build).toMatch(/llama\.cpp v\d/);
    expect(receipt.speeds.map(({ phase, depth }) => `${phase} ${depth}`)).toEqual([
      'prefill 0',
      'decode 0',
      'decode 256',
    ]);
    const row = (component: string) =>
      receipt.memory.find((each) => each.device === 'host' && each.component === component)!;
    expect(Math.abs(row('model').error_pct!)).toBeLessThan(2);
    expect(Math.abs(row('context').error_pct!)).toBeLessThan(2);
    expect(Math.abs(row('compute').measured_bytes! - row('compute').predicted_bytes!)).toBeLessThan(
      16 * 2 ** 10,
    );
    expect(receipt.plan!.request.runtime).toBe('embedded');
    expect(receipt.envelope!.peak_rss_bytes).toBeGreaterThan(2 ** 20);
  });

  it('says what it cannot run, and tells of a file that does not load', async () => {
    const several = await place.trial({ runtime: 'embedded', request: { parallel: 2 } });
    expect(several).toMatchObject({ ok: false, failure: { code: 'refused' } });
    const cut = join(place.folder, 'cut.gguf');
    copyFileSync(place.model, cut);
    truncateSync(cut, statSync(cut).size - 4096);
    const broken = await place.trial({ runtime: 'embedded', reference: cut, force: true });
    expect(broken).toMatchObject({ ok: false, failure: { code: 'runtime-model-not-loaded' } });
  });

  it('leaves no process when it is cancelled', async () => {
    const running = place.trial(
      { runtime: 'embedded', generate: 512, request: { threads: 1 } },
      ({ step }) => {
        if (step === 'prefill') void place.cancelAll();
      },
    );
    expect(await running).toMatchObject({ ok: false });
    const left = spawnSync('pgrep', ['-f', built.file('embedded-runner')], { encoding: 'utf8' });
    expect(left.stdout.trim()).toBe('');
  });
});
