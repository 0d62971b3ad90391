import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { profileWith } from '../core/plan/profiles';
import { modelNamed } from '../core/plan/truth-rows';
import { temporaryFolder } from '../support/temporary';
import { receiptOf } from '../support/receipts';
import { testAgent } from '../support/test-agent';
import { writeSparseGguf } from '../support/sparse-gguf';
import { writeTinyGguf } from '../support/tiny-gguf';
import { commandLine } from './command-line';

const folder = temporaryFolder();
const handlers = testAgent(folder.path);
const plan = (...argv: readonly string[]) => commandLine(['plan', ...argv], { handlers });
const inFolder = (name: string): string => join(folder.path, name);
const words = (line: string): readonly string[] => (line === '' ? [] : line.split(' '));

const machine = profileWith({ ramGib: 60, gpus: [{}] });
const hardware = { platform: {}, cpu: {}, memory: {}, gpus: null, disks: [] };
const stub = { schema_version: '1.0.0', created: '2026-11-21T09:00:00.000Z', generator: 'x' };
const llama = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-5,
};

beforeAll(() => {
  mkdirSync(folder.path, { recursive: true });
  const files: Readonly<Record<string, unknown>> = {
    'profile.json': formatProfile(machine),
    'null.json': { ...stub, hardware },
    'old.json': { ...machine, schema_version: '0.9.0' },
    'foreign.json': { name: 'x', version: '1.0.0', dependencies: {} },
    'list.json': [1, 2],
    'text.json': 'hello',
    'cut.json': formatProfile(machine).slice(0, 300),
    'deep.json': '['.repeat(100_000),
    'below-zero.json': { ...machine, hardware: { ...hardware, memory: { ram_available_gib: -5 } } },
    'endless.json': { ...machine, hardware: { ...hardware, memory: { ram_available_gib: 1e300 } } },
    'layers-1.json': { ...llama, num_hidden_layers: 1 },
    'layers-0.json': { ...llama, num_hidden_layers: 0 },
    'layers-2000.json': { ...llama, num_hidden_layers: 2000 },
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(inFolder(name), typeof content === 'string' ? content : JSON.stringify(content));
  writeTinyGguf(inFolder('one-layer.gguf'), { layers: 1 });
  const own = modelNamed('llama-3.1-8b');
  for (const blocks of [0, 40, 2000, 4_000_000_000]) {
    const metadata = { ...own.metadata, 'llama.block_count': blocks };
    writeSparseGguf(inFolder(`blocks-${blocks}.gguf`), { ...own, metadata });
  }
});
afterAll(() => folder.remove());

/** A sentence of what is wrong and one of what to do, and never a stack. */
function expectPlain(stderr: string): void {
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/[.:?]$|\)\.$/u);
  expect(stderr).not.toMatch(/^\s+at |unexpectedly|undefined|NaN/mu);
}

describe('a profile that is none of this machine or none at all', () => {
  it.each([
    ['old.json', 'version 0.9.0'],
    ['foreign.json', 'no schema_version'],
    ['list.json', 'a list'],
    ['text.json', 'not JSON'],
    ['cut.json', 'cut short'],
    ['deep.json', 'nested more than'],
    ['below-zero.json', '/hardware/memory/ram_available_gib'],
    ['endless.json', '/hardware/memory/ram_available_gib'],
  ])('is named: %s', async (name, sentence) => {
    const { status, stderr } = await plan('llama-3.1-8b', '--profile', inFolder(name));
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expectPlain(stderr);
  });

  it('with every field null gives no verdict, says what is missing, and shows no figure', async () => {
    const { status, stdout } = await plan('llama-3.1-8b', '--profile', inFolder('null.json'), '--json');
    const answer = JSON.parse(stdout) as {
      reasons: { field: string | null }[];
      decode: Record<string, unknown>;
    };
    expect(status).toBe(3);
    expect(answer.reasons.map(({ field }) => field)).toContain('/hardware/memory/ram_available_gib');
    expect(answer.decode).toMatchObject({ ceiling_tok_s: null, forecast_tok_s: null });
  });
});

describe('a request that cannot be', () => {
  it.each([
    '--ctx 0',
    '--ctx -1',
    '--ctx 2147483648',
    '--ctx 8k',
    '--budget gpu0=-5',
    '--budget gpu0=9999999999999GiB',
    '--budget 5GiB',
    '--margin -1',
    '--margin 99999999999999',
    '--reserve -5',
    '--headroom 1e5',
    '--floor 0',
    '--ngl -1',
    '--device gpu0,gpu0',
    '--device host',
    '--parallel 0',
    '--split-mode tensor',
    '--tensor-split 0,0',
    '--exact -c --ctx 4096',
    '--tool llama-bench',
  ])('is wrong usage: %s', async (line) => {
    const { status, stderr, stdout } = await plan('llama-3.1-8b', ...words(line));
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expectPlain(stderr);
  });

  it.each([
    ['--split-mode none --tensor-split 3,1', 'contradicts it'],
    ['--kv q8_0 --no-flash-attention', 'needs flash attention'],
    ['--device none --ngl 5', 'no GPU to put them on'],
    ['--device gpu5', 'this machine has gpu0'],
    ['--tensor-split 1,1', '2 shares for 1 device;'],
    ['--split-mode row', 'choose -sm layer'],
    ['--override-tensor blk(=gpu0', 'not a regular expression'],
    ['--override-tensor x=gpu7', 'gpu7 was named'],
    ['--objective longest-context --ctx 4096', 'leave one of the two out'],
    ['--objective shortest-turn --prompt-tokens 9000', 'does not fit in a context'],
    ['--batch 1 --parallel 4', 'cannot hold one of each'],
    ['--ctx 2147483647', 'short'],
  ])('is refused, with what stands against what: %s', async (line, sentence) => {
    const { status, stdout } = await plan('llama-3.1-8b', ...words(line));
    expect(status).toBe(2);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(sentence);
  });

  it.each([
    ['--ncmoe 5', 'this model has none'],
    ['--ngl 0 --tensor-split 1', 'no layer on any of them'],
    ['--ctx 200000', 'beyond the 131,072'],
  ])('is planned all the same where it does no harm, and said: %s', async (line, sentence) => {
    const { status, stdout } = await plan('llama-3.1-8b', ...words(line));
    expect(status).toBe(0);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(sentence);
    expect(stdout).not.toContain('experts of 5 layers');
  });

  it('of a turn longer than the context is told which context holds it', async () => {
    const line = '--objective shortest-turn --prompt-tokens 9000';
    expect((await plan('llama-3.1-8b', ...words(line))).stdout).toContain('context of 9,728 tokens');
  });
});

describe('arguments of llama.cpp that cannot stand', () => {
  it.each([
    ['-c -1', 'from 0 on'],
    ['-c 2147483648', 'at most 2147483647'],
    ['-c 4096 --frobnicate 3', 'no option --frobnicate'],
    ['-c 4096 --ctx-size=99', 'a word of its own'],
    ['-c 4096 -ctk q9_0', 'one of f32'],
    ['-c', 'wants a value'],
    ["'unclosed", 'not closed'],
    ['-c 4096 -dev CUDA7', 'no such device'],
    ['-c 4096 -dev CUDA0,CUDA0', 'each once'],
    ['-c 4096 -sm none -mg 3', 'there is one, 0'],
    ['-c 4096 -ot blk(=CPU', 'not a regular expression'],
    ['-c 4096 --draft 5', 'any more'],
    ['-c 4096 -h', 'nothing would be run'],
    ['-c 4096 --list-devices', 'nothing would be run'],
  ])('are named: %s', async (line, sentence) => {
    const { status, stderr, stdout } = await plan('llama-3.1-8b', `--exact=${line}`);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(sentence);
    expectPlain(stderr);
  });

  it.each([
    ['--lora x.gguf', '--lora'],
    ['--override-kv a=int:3', '--override-kv'],
    ['--rpc 1.2.3.4:50', '--rpc'],
    ['-sm tensor', '-sm tensor'],
  ])('and change memory in ways that are not counted give no verdict: %s', async (line, option) => {
    const { status, stdout } = await plan('llama-3.1-8b', `--exact=-c 4096 ${line}`);
    expect(status).toBe(3);
    expect(stdout).toContain(`What ${option} adds is not counted`);
  });

  it.each([
    ['-ngl 0 -ts 1,1', '-ngl 0 puts none on a GPU'],
    ['-dev none -ngl 20', 'these arguments use none'],
    ['-sm none -ts 3,1', '-sm none puts all on one GPU'],
    ['-ncmoe 5 -ngl 99', 'this model has none'],
  ])('contradict others without harm, which is said: %s', async (line, sentence) => {
    const { status, stdout } = await plan('llama-3.1-8b', `--exact=-c 4096 ${line}`);
    expect(status).toBe(0);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(sentence);
  });

  it.each([
    ['-fa off -ctv q8_0', 'needs flash attention', '-fa on'],
    ['-sm row', 'splits matrices by rows', '-sm layer'],
    ['-sm tensor -fa off', 'flash attention off', '-sm layer'],
    ['-np 8 -b 4', 'one of each of 8', '-b 8'],
  ])('would not start, and with which change they would: %s', async (line, sentence, change) => {
    const { status, stdout } = await plan('llama-3.1-8b', `--exact=-c 4096 ${line}`);
    expect(status).toBe(2);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(sentence);
    expect(stdout).toContain(change);
  });
});

describe('a model that is no usual one', () => {
  it.each(['one-layer.gguf', 'layers-1.json'])('ships where it fits: %s', async (name) => {
    const { status, stdout } = await plan(inFolder(name));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SHIP/u);
  });

  it.each([
    ['layers-0.json', 'it must be 1 or more'],
    ['layers-2000.json', 'more than 512'],
  ])('is named where llama.cpp has none such: %s', async (name, sentence) => {
    const { status, stderr } = await plan(inFolder(name));
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expectPlain(stderr);
  });

  it.each([
    [0, 'has 0 blocks, and llama.cpp holds 1 to 512'],
    [40, 'no weights of block 32 of the 40'],
    [2000, 'has 2,000 blocks, and llama.cpp holds 1 to 512'],
    [4_000_000_000, 'has 4,000,000,000 blocks, and llama.cpp holds 1 to 512'],
  ])('is refused where its file says that it has %i blocks and has 32', async (blocks, sentence) => {
    const { status, stdout } = await plan(inFolder(`blocks-${blocks}.gguf`));
    expect(status).toBe(2);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(sentence);
  });
});

describe('a name that nothing has', () => {
  const known = ['plan', 'llama-3.1-8b'];
  it.each([
    ['a model', ['plan', 'lama-9.9-8b']],
    ['a model of a fleet', ['fleet', '--model', 'lama-9.9-8b', '--server', 'dgx-h200', '--concurrency', '1']],
    ['a model of a matrix', ['matrix', '--model', 'lama-9.9-8b']],
    ['a model for vLLM', ['vllm', 'plan', 'lama-9.9-8b', '--gpus', 'h100-sxm']],
    ['a model of Ollama', ['model', 'ollama:lama-9.9-8b']],
    ['a file of a model', ['model', 'no/such/model.gguf']],
    ['a folder of models', ['models', '--dir', 'no/such/folder']],
    ['a file of a routing', ['routing', 'no/such/file']],
    ['a quantisation', ['plan', 'llama-3.1-8b:Q99']],
    ['a quantisation of a config', ['plan', `${inFolder('layers-1.json')}:Q99`]],
    [
      'a quantisation of a ballast',
      ['ballast', 'llama-3.1-8b', '--quant', 'Q99', '--out', inFolder('out.gguf')],
    ],
    ['a type of the cache', [...known, '--kv', 'q99']],
    ['a card', [...known, '--gpu', 'rtx-9999-zz']],
    ['a card of a matrix', ['matrix', '--gpu', 'rtx-9999-zz']],
    ['a card for vLLM', ['vllm', 'plan', 'llama-3.1-8b', '--gpus', 'rtx-9999-zz']],
    ['a precision', ['matrix', '--precision', 'int99']],
    ['a server', ['fleet', '--model', 'llama-3.1-8b', '--server', 'dgx-9999', '--concurrency', '1']],
    ['a profile', [...known, '--profile', 'no/such/profile.json']],
    ['a profile to compare with', ['probe', '--quick', '--compare', 'no/such/profile.json']],
    ['a plan', ['trial', '--plan', 'no/such/plan.json']],
    ['a plan that is held back for', [...known, '--reserve-plan', 'no/such/plan.json']],
    ['a catalog', [...known, '--gpu', 'l40s', '--catalog', 'no/such/catalog.yaml']],
    ['a receipt', ['receipts', 'show', 'no-such-receipt']],
  ])('is wrong usage: %s', async (_what, argv) => {
    const { status, stdout, stderr } = await commandLine(argv, { handlers });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expectPlain(stderr);
  });
});

describe('receipts of a file', () => {
  it('fail where it holds nothing that is one, and say why', async () => {
    const none = await commandLine(['receipts', 'import', inFolder('foreign.json')], { handlers });
    expect(none.status).toBe(1);
    expect(none.stdout).toMatch(/0 imported, 1 refused \(the first, number 1: This is JSON, but no receipt/);
    const cut = inFolder('cut.jsonl');
    writeFileSync(cut, `${JSON.stringify(receiptOf('whole', 30))}\n{"schema_version": "1.3.0", "id": "cu`);
    const some = await commandLine(['receipts', 'import', cut], { handlers });
    expect(some.status).toBe(0);
    expect(some.stdout).toMatch(/1 imported, 1 refused \(the first, number 2: The line is not JSON/);
  });
});
