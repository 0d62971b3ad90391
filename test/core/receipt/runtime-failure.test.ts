import { describe, expect, it } from 'vitest';
import { diagnose, lastLines } from '../../../src/core/receipt/runtime-failure';
import { capturedRun } from './runs';

const ended = (stderr: string) => diagnose({ code: 1, signal: null, stderr });

describe('why a runtime ended', () => {
  it('is a flag that it does not know', () => {
    expect(ended(capturedRun('server-unknown-flag.txt'))).toEqual({
      fault: 'unknown-flag',
      subject: '--no-such-flag',
    });
    expect(ended('error: invalid parameter for argument: -lm')).toEqual({
      fault: 'unknown-flag',
      subject: '-lm',
    });
  });

  it('is a model that does not load, with the runtime’s own reason', () => {
    expect(ended(capturedRun('server-model-cut.txt'))).toEqual({
      fault: 'model-not-loaded',
      subject:
        "tensor 'blk.1.ffn_gate.weight' data is not within the file bounds, model is corrupted or incomplete",
    });
    expect(ended("llama_bench: error: failed to load model 'x.gguf'").fault).toBe('model-not-loaded');
  });

  it('is a port that is taken', () => {
    expect(ended(capturedRun('server-port-in-use.txt')).fault).toBe('port-in-use');
  });

  it('is a crash where it says nothing of these', () => {
    expect(ended('Illegal instruction').fault).toBe('crashed');
  });

  it('comes with the end of its log as evidence', () => {
    expect(lastLines(['a', 'b', 'c'].join('\n'), 2)).toBe('b\nc');
  });
});
