import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandOutput, ParsedInput } from '../../src/contract/commands';
import { planRequestSchema, type Verdict } from '../../src/core/plan/schema';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { emptyProfile } from '../contract/small-handlers';
import { samplePlan } from '../core/report/sample-plan';
import { commandLine } from './command-line';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Handlers that answer every plan with a verdict, and keep what they were asked. */
function planning(verdict: Verdict) {
  const asked: ParsedInput<'plan.make'>[] = [];
  const handlers = {
    'plan.make': (input: ParsedInput<'plan.make'>): Promise<CommandOutput<'plan.make'>> => {
      asked.push(input);
      return Promise.resolve(samplePlan({ verdict }));
    },
  };
  return { handlers, asked };
}

/** Handlers that measure nothing, and keep what they were asked. */
function measuring() {
  const asked: ParsedInput<'profile.measure'>[] = [];
  const handlers = {
    'profile.prepare': () =>
      Promise.resolve({
        disks: [
          {
            directory: '/models',
            mount: '/',
            fs_type: 'ext4',
            free_bytes: 2 ** 37,
            file_bytes: 2 ** 32,
            refused: null,
          },
        ],
      }),
    'profile.measure': (input: ParsedInput<'profile.measure'>) => {
      asked.push(input);
      return Promise.resolve({ profile: emptyProfile, path: input.out ?? '/data/profile.json' });
    },
  };
  return { handlers, asked };
}

describe('plan', () => {
  it.each([
    ['ship', 0],
    ['refuse', 2],
    ['unknown', 3],
  ] as const)('ends a verdict of %s with status %d and prints it first', async (verdict, status) => {
    const finished = await commandLine(['plan', 'm.gguf'], planning(verdict));
    expect(finished.status).toBe(status);
    expect(finished.stdout.startsWith(verdict.toUpperCase())).toBe(true);
    expect(finished.stderr).toBe('');
  });

  it('asks for what its options say', async () => {
    const { handlers, asked } = planning('ship');
    const options =
      '--ctx 16384 --parallel 4 --kv q8_0 --floor 2.5 --margin 512 --reserve gpu1=2GiB,8 --objective least-vram --device gpu1,CUDA0 --tensor-split 3,1 --no-kv-offload --budget gpu0=10GiB --ngl 20 --ncmoe 3 --threads 6 --batch 1024 --ubatch 256 --no-flash-attention --allow-paging';
    await commandLine(['plan', 'm.gguf', ...options.split(' ')], { handlers });
    expect(asked[0]).toStrictEqual({
      reference: 'm.gguf',
      profile: null,
      request: {
        ...planRequestSchema.parse({}),
        context: 16_384,
        parallel: 4,
        kv_type_k: 'q8_0',
        kv_type_v: 'q8_0',
        flash_attention: false,
        batch: 1024,
        micro_batch: 256,
        threads: 6,
        gpu_layers: 20,
        cpu_moe_layers: 3,
        floor_tok_s: 2.5,
        margin_mib: 512,
        reserves: [
          { device: 'gpu1', mib: 2048, what: 'as asked' },
          { device: null, mib: 8, what: 'as asked' },
        ],
        objective: 'least-vram',
        devices: ['gpu1', 'gpu0'],
        tensor_split: [3, 1],
        offload_cache: false,
        budgets_mib: { gpu0: 10_240 },
        allow_paging: true,
      },
      exact: null,
      mmproj: null,
      draft: null,
      oracle: null,
    });
  });

  it('hands on exact arguments, companions and the wish for an oracle', async () => {
    const { handlers, asked } = planning('ship');
    const exact = ['--exact', '-c 4096 -ngl 99', '--tool', 'llama-bench', '--mmproj', 'p.gguf', '--oracle'];
    await commandLine(['plan', 'm.gguf', ...exact, '--draft', 'd.gguf'], { handlers });
    expect(asked[0]).toMatchObject({
      reference: 'm.gguf',
      exact: { arguments: '-c 4096 -ngl 99', tool: 'llama-bench' },
      mmproj: 'p.gguf',
      draft: 'd.gguf',
      oracle: { program: null },
    });
  });

  it('takes the model from the exact arguments where none stands before them', async () => {
    const { handlers, asked } = planning('ship');
    await commandLine(['plan', '--exact', '-m x.gguf'], { handlers });
    expect(asked[0]).toMatchObject({ reference: null, exact: { arguments: '-m x.gguf', tool: null } });
  });

  it('leaves to the planner what no option says', async () => {
    const { handlers, asked } = planning('ship');
    await commandLine(['plan', 'm.gguf'], { handlers });
    expect(asked[0]?.request).toMatchObject({
      context: null,
      gpu_layers: null,
      margin_mib: 1024,
      kv_type_k: 'f16',
    });
  });

  it('prints JSON for --json before and behind the command and for --format json', async () => {
    for (const argv of [
      ['plan', 'm', '--json'],
      ['--json', 'plan', 'm'],
      ['plan', 'm', '--format', 'json'],
    ]) {
      const { stdout } = await commandLine(argv, planning('refuse'));
      expect(JSON.parse(stdout)).toMatchObject({
        verdict: 'refuse',
        memory: [{ device: 'gpu0' }, { device: 'host' }],
      });
    }
  });

  it('prints Markdown', async () => {
    const { stdout } = await commandLine(['plan', 'm', '--format', 'markdown'], planning('ship'));
    expect(stdout).toContain('# SHIP: ');
  });

  it('plans for the machine of another profile', async () => {
    const path = join(folder, 'other.json');
    await writeFile(path, formatProfile({ ...emptyProfile, generator: 'elsewhere' }));
    const { handlers, asked } = planning('ship');
    await commandLine(['plan', 'm', '--profile', path], { handlers });
    expect(asked[0]?.profile?.generator).toBe('elsewhere');
  });

  it('says what is wrong with a profile that is none or is not there', async () => {
    const path = join(folder, 'not.json');
    await writeFile(path, 'hello');
    const damaged = await commandLine(['plan', 'm', '--profile', path]);
    expect(damaged.status).toBe(1);
    expect(damaged.stderr.trim().split('\n')).toHaveLength(2);
    const absent = await commandLine(['plan', 'm', '--profile', join(folder, 'absent.json')]);
    expect(absent).toMatchObject({ status: 64, stdout: '' });
    expect(absent.stderr).toContain('absent.json could not be read');
  });
});

describe('a failure', () => {
  it('is one sentence of what and one of what to do, on stderr, with the status of wrong usage for a name', async () => {
    expect(await commandLine(['model', 'x.gguf'])).toStrictEqual({
      status: 64,
      stdout: '',
      stderr: 'There is no file x.gguf.\nCheck the path.\n',
    });
  });

  it('is one line of JSON on stderr where JSON was asked for', async () => {
    const { status, stdout, stderr } = await commandLine(['model', 'x.gguf', '--json']);
    expect({ status, stdout }).toStrictEqual({ status: 64, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'not-found', remedy: 'Check the path.' } });
  });

  it('ends an interrupted command with status 130', async () => {
    const controller = new AbortController();
    const running = commandLine(['probe', '--quick'], {
      signal: controller.signal,
      handlers: {
        'profile.measure': (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
            controller.abort();
          }),
      },
    });
    expect(await running).toMatchObject({ status: 130, stdout: '', stderr: 'Cancelled.\n' });
  });
});

describe('probe', () => {
  it('says what will be written before it measures, and where the profile is', async () => {
    const { handlers, asked } = measuring();
    const { status, stdout, stderr } = await commandLine(['probe'], { handlers });
    expect(status).toBe(0);
    expect(asked[0]).toMatchObject({ quick: false, directories: ['/models'], disk_file_gib: 4, out: null });
    expect(stderr).toContain('a file of 4.00 GiB is written in /models');
    expect(stderr).toContain('The profile is in /data/profile.json.');
    expect(stdout).toContain('Measured 2026-01-01T00:00:00Z');
  });

  it('measures no disk when it is to be quick or told so', async () => {
    for (const flag of ['--quick', '--no-disk']) {
      const { handlers, asked } = measuring();
      await commandLine(['probe', flag], { handlers });
      expect(asked[0]).toMatchObject({ quick: flag === '--quick', directories: [] });
    }
  });

  it('tells each step once where nobody watches', async () => {
    const { stderr } = await commandLine(['probe', '--quick'], {});
    expect(stderr.split('\n').slice(0, 2)).toStrictEqual(['Reading the CPU', 'Measuring memory']);
  });

  it('writes the profile where it is told', async () => {
    const { handlers, asked } = measuring();
    await commandLine(['probe', '--quick', '--out', 'here.json'], { handlers });
    expect(asked[0]?.out).toBe('here.json');
  });

  it('writes gpu-container’s format to a file or to stdout', async () => {
    const path = join(folder, 'gc', 'profile.json');
    await commandLine(['probe', '--quick', '--format', 'gpu-container', '--out', path], measuring());
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ schema_version: '0.1.0' });
    const { stdout } = await commandLine(['probe', '--quick', '--format', 'gpu-container'], measuring());
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: '0.1.0' });
  });

  it('says where it could not write', async () => {
    const path = join(folder, 'file', 'profile.json');
    await writeFile(join(folder, 'file'), '');
    const { status, stderr } = await commandLine(
      ['probe', '--quick', '--format', 'gpu-container', '--out', path],
      measuring(),
    );
    expect(status).toBe(1);
    expect(stderr).toContain(folder);
    expect(stderr).not.toContain('unexpectedly');
  });
});

describe('models', () => {
  const facts = {
    origin: 'folder' as const,
    quant: 'Q4_K_M',
    architecture: 'qwen3',
    context_trained: 40_960,
    parameters: 8e9,
    verdict: 'ship' as const,
    decode_tok_s: 12.34,
    failure: null,
  };
  const broken = {
    quant: null,
    architecture: null,
    context_trained: null,
    parameters: null,
    verdict: null,
    decode_tok_s: null,
    failure: { code: 'not-a-model', message: 'It is not a model.' },
  };
  const found = {
    'model.find': () =>
      Promise.resolve({
        models: [
          { name: 'good', reference: '/m/good.gguf', path: '/m/good.gguf', bytes: 5e9, ...facts },
          { name: 'bad', reference: '/m/bad.gguf', path: '/m/bad.gguf', bytes: 20, ...facts, ...broken },
        ],
      }),
  };

  it('lists each with what it is and its verdict, and those that cannot be read with the reason', async () => {
    const { status, stdout } = await commandLine(['models'], { handlers: found });
    expect(status).toBe(0);
    expect(stdout).toMatch(/SHIP +good +5\.00 GB +Q4_K_M +qwen3 +40,960 +12\.3/);
    expect(stdout).toMatch(/unread +bad/);
    expect(stdout).toContain('bad: It is not a model.');
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await commandLine(['models', '--json'], { handlers: found });
    expect(JSON.parse(stdout)).toMatchObject({
      models: [
        { name: 'good', reference: '/m/good.gguf', verdict: 'ship' },
        { name: 'bad', verdict: null, failure: { code: 'not-a-model' } },
      ],
    });
  });

  it('says what to do where there is none', async () => {
    const { stdout } = await commandLine(['models']);
    expect(stdout).toContain('--dir');
  });

  it('says what to do for verdicts where this machine was not measured', async () => {
    const handlers = {
      ...found,
      'profile.current': () => Promise.resolve({ profile: null, path: '/data/profile.json' }),
    };
    const { status, stderr } = await commandLine(['models'], { handlers });
    expect(status).toBe(0);
    expect(stderr).toContain('plimsoll probe');
  });
});

describe('serve', () => {
  it('prints the address, and closes when it is interrupted', async () => {
    const controller = new AbortController();
    let closed = false;
    const { status, stdout } = await commandLine(['serve', '--port', '0'], {
      signal: controller.signal,
      shells: {
        startServer: ({ port }) => {
          setTimeout(() => controller.abort(), 0);
          return Promise.resolve({
            url: `http://127.0.0.1:${port}/#token=t`,
            close: () => Promise.resolve(void (closed = true)),
          });
        },
      },
    });
    expect(status).toBe(0);
    expect(stdout).toContain('http://127.0.0.1:0/#token=t');
    expect(closed).toBe(true);
  });
});

describe('app', () => {
  it('says what to do where there is no Electron', async () => {
    const kept = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
    delete process.env['ELECTRON_OVERRIDE_DIST_PATH'];
    try {
      const { status, stderr } = await commandLine(['app'], { shells: { root: folder } });
      expect(status).toBe(1);
      expect(stderr).toContain('npx install-electron');
      expect(stderr).toContain('plimsoll serve');
    } finally {
      if (kept !== undefined) process.env['ELECTRON_OVERRIDE_DIST_PATH'] = kept;
    }
  });
});
