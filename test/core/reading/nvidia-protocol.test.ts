import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswers, noAnswers } from '../../../src/core/reading/nvidia-answers';
import { cudaVersionOf, isPlausible, reasonOf, uuidOf } from '../../../src/core/reading/nvidia-codes';
import { formatMessage, parseMessage, type ProberMessage } from '../../../src/core/reading/nvidia-protocol';

const step: ProberMessage = { kind: 'step', name: 'cuInit' };
const failure = { call: 'cuInit', code: 100, text: 'CUDA_ERROR_NO_DEVICE' };
const exited = { kind: 'exited', code: 1, signal: null } as const;

describe('the protocol of the GPU prober', () => {
  it('is told and understood line by line, also behind half a line of something else', () => {
    const lines = `NVRM: half a line${formatMessage(step)}${formatMessage({ kind: 'done' })}`.split('\n');
    expect(lines.map(parseMessage).filter((message) => message !== null)).toEqual([step, { kind: 'done' }]);
  });

  it.each([
    ['another version', '{"v":2,"kind":"done"}'],
    ['no version', '{"kind":"done"}'],
    ['another kind', '{"v":1,"kind":"poem"}'],
    ['a negative size', '{"v":1,"kind":"pinned","bytes":-1,"stop":"time","failure":null}'],
    ['a size beyond counting', '{"v":1,"kind":"pinned","bytes":1e300,"stop":"time","failure":null}'],
    [
      'a speed of nothing',
      '{"v":1,"kind":"copy","ordinal":0,"path":"h2d","buffer":1,"samples":{"value":[0]},"near":true}',
    ],
    ['no object', 'null'],
    ['no JSON', '{"v":1,"kind":"done"'],
  ])('does not understand %s', (_title, line) => {
    expect(parseMessage(line)).toBeNull();
  });

  it('never throws, whatever a driver prints', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseMessage(line)));
  });
});

describe('answers of the GPU prober', () => {
  it.each([
    [exited, 'crashed: the GPU prober ended with status 1 at: cuInit'],
    [{ ...exited, code: null, signal: 'SIGSEGV' }, 'crashed: the GPU prober was ended by SIGSEGV at: cuInit'],
    [
      { kind: 'timeout', afterMs: 30_000, left: true },
      'timeout: the GPU driver did not answer within 30 s at: cuInit',
    ],
    [{ kind: 'too-much-output' }, 'error: the GPU prober printed too much at: cuInit'],
    [{ kind: 'cancelled' }, 'cancelled'],
  ] as const)('are broken off by %o', (ending, reason) => {
    expect(collectAnswers([step], ending, true).broken).toBe(reason);
  });

  it('are whole once it said so, however it then ended', () => {
    expect(collectAnswers([step, { kind: 'done' }], exited, true).broken).toBeNull();
  });

  it('count for nothing about a device that was not named', () => {
    const copy: ProberMessage = {
      kind: 'copy',
      ordinal: 3,
      path: 'h2d',
      buffer: 1,
      samples: { value: [1] },
      near: false,
    };
    expect(collectAnswers([copy, { kind: 'done' }], exited, true).devices).toEqual([]);
  });

  it('are none where nobody was asked', () => {
    expect(noAnswers('no-reason')).toMatchObject({
      cards: [],
      devices: [],
      broken: 'no-reason',
      left: false,
    });
  });
});

describe('codes of NVML and CUDA', () => {
  it('mean different things in the two libraries', () => {
    expect(reasonOf(failure)).toBe('no-device: cuInit: CUDA_ERROR_NO_DEVICE');
    expect(reasonOf({ call: 'nvmlInit_v2', code: 9, text: 'Driver Not Loaded' })).toMatch(/^no-driver: /);
    expect(reasonOf({ call: 'cuMemAlloc_v2', code: 2, text: '' })).toMatch(/^out-of-memory: /);
    expect(reasonOf({ call: 'nvmlInit_v2', code: 2, text: '' })).toMatch(/^error: /);
  });

  it('are not supported where the function is missing', () => {
    expect(reasonOf({ call: 'cuDeviceGetUuid_v2', code: null, text: 'no such function' })).toMatch(
      /^not-supported: /,
    );
  });

  it('write versions and UUIDs as they are known', () => {
    expect([13010, 12020, 11080, 0, 50].map(cudaVersionOf)).toEqual(['13.1', '12.2', '11.8', null, null]);
    expect(uuidOf(Uint8Array.from({ length: 16 }, (_, index) => index))).toBe(
      '00010203-0405-0607-0809-0a0b0c0d0e0f',
    );
    expect(uuidOf(new Uint8Array(4))).toBeNull();
  });

  it.each([
    [{ total: 0, free: 0 }, false],
    [{ total: 100, free: 101 }, false],
    [{ total: 2 ** 64, free: 1 }, false],
    [{ total: 100, free: Number.NaN }, false],
    [{ total: 100, free: 100 }, true],
  ])('let a driver’s memory figures %o count only where they can be', (memory, can) => {
    expect(isPlausible(memory)).toBe(can);
  });
});
