import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { generateVllm, planVllmOf } from '../../src/agent/vllm';
import type { Handlers } from '../../src/contract/dispatcher';
import type { VllmPlan } from '../../src/core/vllm/schema';
import { temporaryFolder } from '../support/temporary';
import { commandLine } from './command-line';

const folder = temporaryFolder();
afterEach(() => {
  folder.remove();
  mkdirSync(folder.path);
});

const handlers: Partial<Handlers> = {
  'vllm.plan': (input, task) => planVllmOf(input, task, folder.path),
  'vllm.generate': (input, task) => generateVllm(input, task, folder.path),
};
const vllm = (...words: string[]) => commandLine(['vllm', ...words], { handlers });

describe('vllm', () => {
  it('plans for cards of the catalog: verdict, memory, rule of thumb, settings, command', async () => {
    const { status, stdout } = await vllm(
      'plan',
      'llama-3.1-8b',
      '--gpus',
      '2xl40s',
      '--ctx',
      '16384',
      '--concurrency',
      '4',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SHIP {2}Llama 3\.1 8B/);
    for (const title of ['Why', 'What it holds', 'Rule of thumb', 'Speed', 'What to set', 'Command']) {
      expect(stdout).toMatch(new RegExp(`^${title}$`, 'm'));
    }
    expect(stdout).toContain('vllm serve meta-llama/Llama-3.1-8B-Instruct --tensor-parallel-size 1');
  });

  it('says that no card is none, as a mistake in the command', async () => {
    const { status, stderr } = await vllm('plan', 'llama-3.1-8b', '--gpus', '0xl40s');
    expect(status).toBe(64);
    expect(stderr).toMatch(/--gpus 0xl40s is no card at all.\nSay how many, from 1 on/);
  });

  it('ends as `plan` does: 0 ship, 2 refuse, 3 unknown', async () => {
    expect((await vllm('plan', 'llama-3.1-70b', '--gpus', 'l40s')).status).toBe(2);
    expect(
      (await vllm('plan', 'llama-3.1-8b', '--gpus', 'rtx-4090', '--ctx', '36000', '--max-num-seqs', '256'))
        .status,
    ).toBe(3);
    expect((await vllm('recommend', 'llama-3.1-70b', '--gpus', '4xl40s')).status).toBe(0);
  });

  it('prints the record as JSON', async () => {
    const { stdout } = await vllm('plan', 'gpt-oss-20b', '--gpus', 'l40s', '--json');
    const plan = JSON.parse(stdout) as VllmPlan;
    expect(plan.settings.quantisation).toBe('mxfp4');
    expect(plan.exact!.layout).toBe('hybrid');
  });

  it('takes a deployment file, whose fields options overrule', async () => {
    const path = join(folder.path, 'deployment.yaml');
    writeFileSync(
      path,
      'model: {reference: llama-3.1-8b}\nhardware: {gpus: [{card: l40s}]}\nworkload: {context: 4096, concurrency: 3}\n',
    );
    const { stdout } = await vllm('plan', '--config', path, '--ctx', '2048', '--json');
    const plan = JSON.parse(stdout) as VllmPlan;
    expect(plan.settings.context).toBe(2048);
    expect(plan.request.concurrency).toBe(3);
  });

  it('prints a single artifact as it is, and writes several into a folder', async () => {
    const { stdout } = await vllm('generate', 'llama-3.1-8b', '--gpus', 'l40s', '--kind', 'compose');
    expect(stdout).toMatch(/^services:/);
    const out = join(folder.path, 'out');
    const written = await vllm(
      'generate',
      'llama-3.1-8b',
      '--gpus',
      'l40s',
      '--out',
      out,
      '--shell',
      'posix',
    );
    expect(written.status).toBe(0);
    expect(readdirSync(out)).toHaveLength(4);
    const again = await vllm('generate', 'llama-3.1-8b', '--gpus', 'l40s', '--out', out, '--shell', 'posix');
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('is there already; nothing was written over it');
    const forced = await vllm(
      'generate',
      'llama-3.1-8b',
      '--gpus',
      'l40s',
      '--out',
      out,
      '--shell',
      'posix',
      '--force',
    );
    expect(forced.status).toBe(0);
  });

  it.each([
    [['deploy'], /no action "deploy"/],
    [['plan'], /No model was named/],
    [['plan', 'a', 'b'], /More than one model/],
    [['plan', 'llama-3.1-8b', '--concurrency', '0'], /whole number from 1/],
    [['plan', 'llama-3.1-8b', '--tp', '-2'], /whole number from 1|needs|argument/],
    [
      ['plan', 'llama-3.1-8b', '--gpus', 'l40s', '--gpu-memory-utilization', '1.5'],
      /--gpu-memory-utilization/,
    ],
    [['generate', 'llama-3.1-8b', '--gpus', 'l40s', '--kind', 'helm'], /no artifact "helm"/],
    [['generate', 'llama-3.1-8b', '--gpus', 'l40s', '--port', 'http'], /--port/],
    [
      ['generate', 'llama-3.1-8b', '--gpus', 'l40s', '--image', 'a b'],
      /must be the name of a container image/,
    ],
  ])('says what is wrong with %o', async (words, sentence) => {
    const { status, stderr } = await vllm(...words);
    expect(status).toBe(64);
    expect(stderr).toMatch(sentence);
  });

  it('says every fault of a deployment file', async () => {
    const path = join(folder.path, 'deployment.yaml');
    writeFileSync(path, 'workload: {concurrency: 0}\nfoo: 1\n');
    const { status, stderr } = await vllm('plan', 'llama-3.1-8b', '--config', path);
    expect(status).toBe(64);
    expect(stderr).toMatch(/workload\.concurrency.*foo is no field/);
  });
});
