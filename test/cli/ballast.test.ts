import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line';

describe('ballast', () => {
  it('asks for the file to write before anything is done', async () => {
    const { status, stderr } = await commandLine(['ballast', 'qwen3-0.6b']);
    expect(status).toBe(64);
    expect(stderr).toContain('--out');
  });
});
