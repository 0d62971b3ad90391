import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planSchema } from '../../src/core/plan/schema';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { sweepSchema } from '../../src/core/sweep/schema';
import { profileWith } from '../core/plan/profiles';
import { temporaryFolder } from '../support/temporary';
import { testAgent } from '../support/test-agent';
import { commandLine } from './command-line';

const folder = temporaryFolder();
const handlers = testAgent(folder.path);
const plan = (...argv: string[]) => commandLine(['plan', 'qwen3-30b-a3b', ...argv], { handlers });

beforeAll(() => {
  mkdirSync(folder.path, { recursive: true });
  const machine = profileWith({ ramGib: 100, gpus: [{ vram_free_mib: 12_000 }] });
  writeFileSync(join(folder.path, 'profile.json'), formatProfile(machine));
});
afterAll(() => folder.remove());

describe('plan for cards of the catalog', () => {
  it('puts them in place of the own, and says that their figures are assumed', async () => {
    const { status, stdout } = await plan('--gpu', 'rtx-4090', '--json');
    const answer = planSchema.parse(JSON.parse(stdout));
    expect(status).toBe(0);
    expect(answer.memory[0]!.name).toContain('4090');
    expect(answer.findings.map(({ code }) => code)).toContain('assumed-cards');
  });

  it('takes several in one list, and names one that the catalog does not have', async () => {
    const { stdout } = await plan('--gpu', 'rtx-4090,rtx-4090', '--ctx', '131072', '--json');
    expect(planSchema.parse(JSON.parse(stdout)).request.context).toBe(131_072);
    const wrong = await plan('--gpu', 'rtx-490');
    expect(wrong.status).toBe(64);
    expect(wrong.stderr).toContain('Did you mean rtx-4090');
  });

  it('takes the words people say, and how many', async () => {
    const devices = async (...argv: string[]) => {
      const { memory } = planSchema.parse(JSON.parse((await plan(...argv, '--json')).stdout));
      return memory.map(({ device }) => device);
    };
    const two = await devices('--gpu', 'rtx-4090', '--gpu', 'rtx-4090');
    expect(await devices('--gpu', '2x RTX 4090')).toEqual(two);
    expect(await devices('--gpu', '4090:2')).toEqual(two);
    expect(await plan('--gpu', '0x4090')).toMatchObject({ status: 64 });
  });
});

describe('plan --sweep', () => {
  it('prints a table, JSON or comma-separated values, and ends well whatever the verdicts', async () => {
    const table = await plan('--sweep', 'ncmoe');
    expect(table.status).toBe(0);
    expect(table.stdout).toContain('refuse');
    const json = await plan('--sweep', 'ncmoe', '--json');
    expect(sweepSchema.parse(JSON.parse(json.stdout)).points).toHaveLength(49);
    const csv = await plan('--sweep', 'ncmoe', '--format', 'csv');
    expect(csv.stdout.split('\r\n')).toHaveLength(51);
  });

  it.each([
    [['--sweep', 'ncmoe', '--exact', '-c 4096']],
    [['--sweep', 'ncmoe', '--export', 'sh']],
    [['--sweep', 'ncmoe', '--format', 'markdown']],
    [['--sweep', 'threads']],
    [['--format', 'csv']],
  ])('does not go with what contradicts it: %j', async (argv) => {
    const { status, stdout } = await plan(...argv);
    expect(status).toBe(64);
    expect(stdout).toBe('');
  });
});

describe('plan --export', () => {
  it('writes to stdout or to a file, and ends as the verdict does', async () => {
    const printed = await plan('--export', 'preset-ini');
    expect(printed.status).toBe(0);
    expect(printed.stdout).toMatch(/^\[qwen3-30b-a3b/m);
    const asJson = JSON.parse((await plan('--export', 'preset-ini', '--json')).stdout) as object;
    expect(asJson).toMatchObject({ format: 'preset-ini', path: null, text: printed.stdout });
    const out = join(folder.path, 'run.sh');
    const written = await plan('--export', 'sh', '--out', out, '--ctx', '4096');
    expect(written.stdout).toBe('');
    expect(readFileSync(out, 'utf8')).toContain('llama-server -m');
    const refused = await plan('--export', 'sh', '--reserve', '90000');
    expect(refused.status).toBe(2);
    expect(refused.stdout).toContain('refuse');
  });
});

describe('options that would be without effect', () => {
  it.each([
    [['--out', 'flags.sh'], '--export'],
    [['--tool', 'llama-bench'], '--exact'],
    [['--catalog', 'cards.json'], '--gpu'],
    [['--exact', '-ngl 3', '--ngl', '5'], '--ngl'],
    [['--exact', '-c 4096', '--ctx', '8192'], '--ctx'],
    [['--exact', '-c 4096', '--no-flash-attention'], '--no-flash-attention'],
  ])('are refused with the one that they need or contradict: %j', async (argv, named) => {
    const { status, stdout, stderr } = await plan(...argv);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(named);
  });

  it('are told from those that exact arguments leave open', async () => {
    const { status } = await plan('--exact', '-c 4096 -ngl 0', '--floor', '0.1', '--threads', '4');
    expect(status).toBe(0);
  });
});
