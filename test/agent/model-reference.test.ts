import { describe, expect, it } from 'vitest';
import { isBareName, isRemote, nameOfFile, splitQuant } from '../../src/agent/model-reference';

describe('a reference', () => {
  it.each([
    ['qwen3-8b:Q4_K_M', 'qwen3-8b', 'Q4_K_M'],
    ['qwen3-8b', 'qwen3-8b', null],
    ['C:\\models\\x.gguf', 'C:\\models\\x.gguf', null],
    ['C:x', 'C:x', null],
    ['C:\\models\\qwen:Q8_0', 'C:\\models\\qwen', 'Q8_0'],
    ['/models/a:b/config.json', '/models/a:b/config.json', null],
    ['/models/config.json:q4_0', '/models/config.json', 'q4_0'],
    ['name:', 'name:', null],
    [':Q4_0', ':Q4_0', null],
  ])('%s is %s with %s', (reference, base, quant) => {
    expect(splitQuant(reference)).toEqual({ base, quant });
  });

  it.each(['hf:org/repo', 'HF:org/repo:Q4_K_M', 'https://example.org/x.gguf'])(
    '%s is not on this machine',
    (reference) => {
      expect(isRemote(reference)).toBe(true);
    },
  );

  it.each(['C:\\x.gguf', 'C:/x.gguf', './x.gguf', 'llama-3.1-8b:Q4_0'])('%s may be', (reference) => {
    expect(isRemote(reference)).toBe(false);
  });

  it.each([
    ['qwen3-8b', true],
    ['llama-3.1-8b', true],
    ['./qwen3', false],
    ['a/b', false],
    ['x.gguf', false],
    ['~', false],
  ])('%s can be a name: %s', (reference, bare) => {
    expect(isBareName(reference)).toBe(bare);
  });

  it.each([
    ['/models/Qwen3-8B-Q4_K_M.gguf', 'Qwen3-8B-Q4_K_M'],
    ['C:\\models\\big-00001-of-00003.gguf', 'big'],
    ['/models/Qwen3-8B/config.json', 'Qwen3-8B'],
    ['config.json', 'config'],
  ])('%s is called %s', (path, name) => {
    expect(nameOfFile(path)).toBe(name);
  });
});
