import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExactArguments } from '../../../src/core/exact/arguments';
import { parseArguments } from '../../../src/core/exact/parse-arguments';
import { readLine, tools } from '../../../src/core/exact/read-line';
import { splitWords } from '../../../src/core/exact/split-words';
import type { Tool } from '../../../src/core/plan/settings';
import { programOnPath } from '../../support/programs';

function parsed(line: string, tool: Tool = 'llama-server'): ExactArguments {
  const outcome = parseArguments(wordsOf(line), tool);
  if (outcome.kind === 'failed') throw new Error(outcome.problems.map(({ message }) => message).join(' '));
  return outcome.arguments;
}

function problems(line: string, tool: Tool = 'llama-server') {
  const outcome = parseArguments(wordsOf(line), tool);
  return outcome.kind === 'failed' ? outcome.problems : [];
}

function wordsOf(line: string): readonly string[] {
  const split = splitWords(line);
  if (split.kind === 'unreadable') throw new Error(split.message);
  return split.words;
}

describe('defaults', () => {
  it('are four sequences with one cache for llama-server, one for the others', () => {
    expect(parsed('')).toMatchObject({
      sequences: 4,
      unified: true,
      context: null,
      promptCacheMib: 8192,
      checkpoints: 32,
    });
    expect(parsed('-np 2')).toMatchObject({ sequences: 2, unified: false });
    expect(parsed('-np -1 -no-kvu')).toMatchObject({ sequences: 4, unified: true });
    expect(parsed('-np 2 -kvu')).toMatchObject({ sequences: 2, unified: true });
    expect(parsed('', 'llama-fit-params')).toMatchObject({ sequences: 1, unified: false, promptCacheMib: 0 });
    expect(parsed('', 'llama-bench')).toMatchObject({ sequences: 1, context: 512, fit: false });
  });

  it('let a context of 0 be what the model was trained for, and a slot limit set it', () => {
    expect(parsed('-c 0').context).toBeNull();
    expect(parsed('--kv-unified-per-slot 4096 -np 3').context).toBe(12_288);
    expect(parsed('--kv-unified-per-slot 4096 -np 3 -c 1000').context).toBe(1000);
  });
});

const shares = (count: number) => Array.from({ length: count }, () => 1).join('/');

describe('options that shape memory', () => {
  it('have the bounds that llama.cpp has', () => {
    expect(problems(`-ts ${shares(15)}`)).toEqual([]);
    expect(problems(`-ts ${shares(16)}`)[0]!.message).toContain('at most 15');
    expect(problems(`-ts ${shares(16)}`, 'llama-bench')).toEqual([]);
    expect(problems('-dev CUDA0,cuda0')[0]!.message).toContain('each once');
    expect(parsed('-mg -1').mainDevice).toBe(-1);
  });

  it('settle which experts lie where in the order of the line', () => {
    const line = '-ncmoe 2 -ot exps=CUDA1';
    expect(parsed(line).overrides.map(({ buffer }) => buffer)).toEqual(['CPU', 'CPU', 'CUDA1']);
    expect(parsed('-ot exps=CUDA1 -ncmoe 2').overrides).toHaveLength(1);
    expect(parsed('-cmoe -ot exps=CUDA1').overrides).toHaveLength(2);
    expect(parsed('-ncmoe 2 -ot attn=CPU').overrides).toHaveLength(1);
    expect(parsed(line, 'llama-bench').overrides).toHaveLength(1);
  });

  it('are read by every name they have', () => {
    const short = parsed(
      '-c 4096 -b 1024 -ub 256 -fa off -ctk q8_0 -ctv f32 -ngl 12 -ncmoe 3 -ts 3,1 -sm row -mg 1 -dev CUDA1,CUDA0 -nkvo -nr -lm none -t 6',
    );
    const long = parsed(
      '--ctx-size 4096 --batch-size 1024 --ubatch-size 256 --flash-attn disabled --cache-type-k q8_0 --cache-type-v f32 --n-gpu-layers 12 --n-cpu-moe 3 --tensor-split 3/1 --split-mode row --main-gpu 1 --device CUDA1,CUDA0 --no-kv-offload --no-repack --load-mode none --threads 6',
    );
    expect({ ...long, argv: [] }).toEqual({ ...short, argv: [] });
    expect(short).toMatchObject({
      context: 4096,
      batch: 1024,
      microBatch: 256,
      flashAttention: 'off',
      keyType: 'q8_0',
      valueType: 'f32',
      gpuLayers: 12,
      cpuMoeLayers: 3,
      tensorSplit: [3, 1],
      splitMode: 'row',
      mainDevice: 1,
      devices: ['CUDA1', 'CUDA0'],
      offloadCache: false,
      repack: false,
      mapped: false,
      threads: 6,
    });
  });

  it('may have underscores in a long name, and the last value counts', () => {
    expect(parsed('--ctx_size 4096 -c 8192').context).toBe(8192);
    expect(parsed('-nkvo -kvo').offloadCache).toBe(true);
  });

  it('let the micro-batch be no larger than the batch, and 0 be as large', () => {
    expect(parsed('-b 256').microBatch).toBe(256);
    expect(parsed('-b 1024 -ub 0').microBatch).toBe(1024);
  });

  it('take all layers in every way they can be said', () => {
    expect(parsed('-ngl all').gpuLayers).toBe('all');
    expect(parsed('-ngl -2').gpuLayers).toBe('all');
    expect(parsed('-ngl auto').gpuLayers).toBe('auto');
    expect(parsed('-dev none').devices).toEqual([]);
  });

  it('collect tensor overrides in order', () => {
    expect(parsed(String.raw`-ot "blk\.(0|1)\.ffn_.*=CPU,exps=CUDA0" -ot x=CPU -ncffn 1`).overrides).toEqual([
      { pattern: String.raw`blk\.(0|1)\.ffn_.*`, buffer: 'CPU' },
      { pattern: 'exps', buffer: 'CUDA0' },
      { pattern: 'x', buffer: 'CPU' },
      { pattern: String.raw`blk\.0\.ffn_(up|down|gate)\.`, buffer: 'CPU' },
    ]);
  });

  it('name companions', () => {
    const { projector, draft } = parsed(
      '--mmproj p.gguf --no-mmproj-offload -md d.gguf -ngld 5 -ctkd q8_0 -devd none',
    );
    expect(projector).toEqual({ path: 'p.gguf', offload: false, device: null });
    expect(draft).toMatchObject({ path: 'd.gguf', gpuLayers: 5, keyType: 'q8_0', devices: [] });
  });
});

describe('llama-bench', () => {
  it('has a context of its longest test', () => {
    expect(parsed('-p 512,2048 -n 128 -d 0,4096', 'llama-bench').context).toBe(6144);
    expect(parsed('-p 0 -n 0 -pg 1000,200', 'llama-bench').context).toBe(1200);
    expect(parsed('-p 128-1024+128 -n 0', 'llama-bench').context).toBe(1024);
    expect(parsed('-p 1-1000*2 -n 0', 'llama-bench').context).toBe(512);
  });

  it('judges lists by what takes the most on the device, and says so', () => {
    const found = parsed(
      '-ngl 10,30 -ncmoe 4,2 -ctk q4_0,f16 -nkvo 0,1 -fa on,off -ub 128,1024',
      'llama-bench',
    );
    expect(found).toMatchObject({
      gpuLayers: 30,
      cpuMoeLayers: 2,
      keyType: 'f16',
      offloadCache: true,
      flashAttention: 'off',
      microBatch: 1024,
    });
    expect(found.findings.map(({ code }) => code)).toContain('largest-of-list');
  });

  it('spells some things its own way', () => {
    expect(parsed('-ts 3/1 -nkvo 1 -nopo 1 -mmp 0', 'llama-bench')).toMatchObject({
      tensorSplit: [3, 1],
      offloadCache: false,
      offloadOperations: false,
      mapped: false,
    });
  });
});

describe('what is not read', () => {
  it('is listed where it has no part in memory', () => {
    expect(parsed('--port 8080 --jinja --temp 0.7').ignored).toEqual([
      '--port 8080',
      '--jinja',
      '--temp 0.7',
    ]);
  });

  it('is named where it has one that is not counted', () => {
    expect(
      parsed('--lora a.gguf --control-vector-layer-range 1 5').uncounted.map(({ option }) => option),
    ).toEqual(['--lora', '--control-vector-layer-range']);
  });

  it.each([
    ['--frobnicate 3', '--frobnicate', 'no option --frobnicate'],
    ['-c 4096 extra', 'extra', 'stands where an option is expected'],
    ['--ctx-size=4096', '--ctx-size=4096', 'a word of its own'],
    ['-c many', '-c', 'whole number'],
    ['-c -5', '-c', 'whole number'],
    ['-c 99999999999', '-c', 'whole number'],
    ['-c', '-c', 'wants a value'],
    ['-ctk q9_9', '-ctk', 'one of f32, f16'],
    ['-fa maybe', '-fa', 'on, off or auto'],
    ['-np 0', '-np', 'from 1 to 256'],
    ['-ot nothing', '-ot', 'PATTERN=BUFFER'],
    ['-ot (=CPU', '-ot', 'not a regular expression'],
    ['-ot (a+)+=CPU', '-ot', 'repeats a repetition'],
    ['--draft 3', '--draft', 'any more'],
  ])('is a problem where nothing of the kind is known: %s', (line, argument, sentence) => {
    const found = problems(line);
    expect(found[0]).toMatchObject({ argument });
    expect(found[0]!.message).toContain(sentence);
  });

  it('is told of older builds and of the other tools', () => {
    expect(parsed('--no-mmap').findings.map(({ code }) => code)).toEqual(['older-option']);
    const foreign = parsed('-kvu', 'llama-fit-params');
    expect(foreign.unified).toBe(true);
    expect(foreign.findings.map(({ code }) => code)).toEqual(['option-of-another-tool']);
  });

  it('never throws, whatever the words', () => {
    const word = fc.oneof(
      fc.constantFrom('-c', '-ot', '-ts', '-p', '--', '-', '', '__proto__', 'constructor', '-ngl'),
      fc.string(),
    );
    const tool = fc.constantFrom<Tool>('llama-server', 'llama-bench', 'llama-fit-params');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), tool, (argv, whose) => {
        const outcome = parseArguments(argv, whose);
        expect(['parsed', 'failed']).toContain(outcome.kind);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a pasted line', () => {
  it('may begin with variables and the program', () => {
    const line = "CUDA_DEVICE_ORDER=PCI_BUS_ID '/opt/my tools/llama-bench' -m 'a b.gguf'";
    expect(readLine(line)).toEqual({ kind: 'read', argv: ['-m', 'a b.gguf'], tool: 'llama-bench' });
    expect(readLine('-c 1')).toMatchObject({ tool: null });
  });

  it('may not set arguments through the environment', () => {
    expect(readLine('LLAMA_ARG_CTX_SIZE=5 llama-server')).toMatchObject({ kind: 'failed' });
  });

  it('that cannot be split says where', () => {
    expect(readLine(`-m "a`)).toMatchObject({ problems: [{ position: -1, argument: '"a' }] });
  });
});

describe('the options that the real tools list', () => {
  for (const tool of tools) {
    const path = programOnPath(tool);
    it.skipIf(path === null)(`are all known (needs ${tool} on PATH)`, () => {
      const help = execFileSync(path!, ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const lines = [...help.matchAll(/^ {0,2}(--?[a-z][^\s,]*(?:,? +--?[a-z][^\s,]*)*)/gimu)];
      const listed = lines.flatMap(([, names]) => names!.split(/[,\s]+/u));
      expect(listed.length).toBeGreaterThan(40);
      const unknown = listed.filter((name) =>
        problems(`${name} 1 1`, tool).some(({ message }) => message.includes('no option')),
      );
      expect(unknown).toEqual([]);
    });
  }
});
