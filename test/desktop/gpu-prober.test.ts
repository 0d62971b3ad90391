import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NvidiaAnswers } from '../../src/core/reading/nvidia-answers';
import { buildProbes } from '../support/built-readers';
import { canShowWindows, openDisplay } from '../support/display';
import { FAST } from '../support/gpu-bench';
import { buildStubs, whyNoStubs } from '../support/native-stubs';
import { electronPath } from '../support/programs';
import { temporaryFolder } from '../support/temporary';

const ready = electronPath() !== null && canShowWindows() && whyNoStubs() === null;

describe.skipIf(!ready)(
  'the GPU prober in Electron’s utility process (needs Electron, a display and cc)',
  () => {
    const folder = temporaryFolder();
    let display: Awaited<ReturnType<typeof openDisplay>>;
    let built: Awaited<ReturnType<typeof buildProbes>>;
    let stubs: ReturnType<typeof buildStubs>;

    beforeAll(async () => {
      display = await openDisplay();
      built = await buildProbes(['gpu-prober'], { koffi: true });
      stubs = buildStubs();
      await buildApp(folder.path);
    });
    afterAll(() => {
      display?.close();
      for (const each of [folder, built, stubs]) each?.remove();
    });

    it('is heard to its end', () => {
      const { broken, cards, devices, pinned } = ask({});
      expect(broken).toBeNull();
      expect(cards).toHaveLength(1);
      expect(Object.keys(devices[0]!.copies)).toEqual(['h2d', 'd2h', 'd2d']);
      expect(pinned).toMatchObject({ bytes: 2 ** 30 });
    });

    it.each([
      ['STUB_HANG', /^timeout: .* at: cuInit$/],
      ['STUB_SEGFAULT', /^crashed: .* at: cuInit$/],
    ])('takes nobody with it, and what it said before is kept: %s', (variable, reason) => {
      const { broken, left, cards } = ask({ [variable]: 'cuInit' });
      expect(broken).toMatch(reason);
      expect(left).toBe(false);
      expect(cards).toHaveLength(1);
    });

    it('says when it could not be started', () => {
      expect(ask({ PROBER: join(folder.path, 'none-such.cjs') }).broken).toMatch(/^crashed: /);
    });

    function ask(env: Readonly<Record<string, string>>): NvidiaAnswers {
      const answers = join(folder.path, 'answers.json');
      const { status, stderr } = spawnSync(electronPath()!, ['--no-sandbox', '--disable-gpu', folder.path], {
        env: {
          ...process.env,
          ...FAST,
          DISPLAY: display.name,
          LD_LIBRARY_PATH: stubs.both,
          PROBER: built.file('gpu-prober'),
          ANSWERS: answers,
          ...env,
        },
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      return JSON.parse(readFileSync(answers, 'utf8')) as NvidiaAnswers;
    }
  },
);

async function buildApp(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, external: ['electron'] },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node18',
      rollupOptions: {
        input: resolve('test/fixtures/electron/ask-prober.ts'),
        output: { format: 'cjs', entryFileNames: 'main.cjs' },
      },
    },
  });
  writeFileSync(join(folder, 'package.json'), '{"name": "ask-prober", "main": "main.cjs"}');
}
