import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProfile, parseProfile } from '../../../src/core/profile/parse-profile';
import { ProfileError } from '../../../src/core/profile/profile-error';
import {
  cpuSchema,
  diskSchema,
  gpuSchema,
  memorySchema,
  platformSchema,
  type Profile,
} from '../../../src/core/profile/schema';

const exampleText = readFileSync(join(__dirname, '../../fixtures/profiles/example-1.0.0.json'), 'utf8');
const example = () => JSON.parse(exampleText) as Record<string, unknown>;

/** Every figure with its pointer. */
function figuresOf({ hardware }: Profile): readonly [pointer: string, value: unknown][] {
  const parts: readonly [string, object, Record<string, unknown>][] = [
    ['/hardware/platform', platformSchema.shape, hardware.platform],
    ['/hardware/cpu', cpuSchema.shape, hardware.cpu],
    ['/hardware/memory', memorySchema.shape, hardware.memory],
    ...(hardware.gpus ?? []).map((gpu, at): [string, object, Record<string, unknown>] => [
      `/hardware/gpus/${at}`,
      gpuSchema.shape,
      gpu,
    ]),
    ...hardware.disks.map((disk, at): [string, object, Record<string, unknown>] => [
      `/hardware/disks/${at}`,
      diskSchema.shape,
      disk,
    ]),
  ];
  return parts.flatMap(([pointer, shape, values]) =>
    Object.keys(shape)
      .filter((field) => field !== 'refused')
      .map((field): [string, unknown] => [`${pointer}/${field}`, values[field]]),
  );
}

function refusal(text: string): ProfileError {
  try {
    parseProfile(text);
  } catch (error) {
    if (error instanceof ProfileError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const withGpus = (gpus: unknown) => {
  const raw = example();
  return parseProfile(JSON.stringify({ ...raw, hardware: { ...(raw['hardware'] as object), gpus } }));
};

describe('a profile of this version', () => {
  it('is read with every value that the file has', () => {
    const profile = parseProfile(exampleText);
    expect(profile).toMatchObject({ ...example(), provenance: expect.any(Object) });
    expect(profile.provenance).toMatchObject(example()['provenance'] as object);
  });

  it('gives every figure that is null a reason', () => {
    const profile = parseProfile(exampleText);
    for (const [pointer, value] of figuresOf(profile)) {
      if (value === null) expect(profile.provenance[pointer]?.reason, pointer).toMatch(/^[a-z-]+(: .+)?$/);
    }
    const reasonOf = (pointer: string) => profile.provenance[pointer]!.reason;
    expect(reasonOf('/hardware/cpu/l2_mib')).toBe('absent: not in the file');
    expect(reasonOf('/hardware/memory/ram_limit_gib')).toMatch(/^absent: null in the file/);
    expect(reasonOf('/hardware/gpus/1/vram_bw_gbps')).toMatch(/^no-driver-library: /);
    expect(reasonOf('/hardware/disks/1/nvme_seq_read_gbps')).toMatch(/^refused-filesystem: tmpfs is memory/);
  });

  it('does not change any more when it is written and read again', () => {
    const profile = parseProfile(exampleText);
    expect(parseProfile(formatProfile(profile))).toEqual(profile);
  });

  it('may begin with a byte order mark', () => {
    expect(parseProfile(`\uFEFF${exampleText}`).generator).toBe('plimsoll 0.1.0');
  });

  it('may lack everything but the frame', () => {
    const profile = parseProfile(
      JSON.stringify({
        schema_version: '1.0.0',
        created: '2026-11-21T09:00:00.000Z',
        generator: 'plimsoll 0.1.0',
        hardware: { platform: {}, cpu: {}, memory: {} },
      }),
    );
    expect(profile.hardware.gpus).toBeNull();
    expect(profile.provenance['/hardware/gpus']!.reason).toBe('absent: not in the file');
    expect(figuresOf(profile).every(([, value]) => value === null)).toBe(true);
    for (const [pointer] of figuresOf(profile)) {
      expect(profile.provenance[pointer]!.reason).toBe('absent: not in the file');
    }
  });

  it('keeps an empty list of GPUs apart from an unknown one', () => {
    expect(withGpus([]).hardware.gpus).toEqual([]);
    expect(withGpus([]).provenance['/hardware/gpus']).toBeUndefined();
    expect(withGpus(null).hardware.gpus).toBeNull();
    expect(withGpus(null).provenance['/hardware/gpus']!.reason).toMatch(/^absent: null/);
  });
});

/** JSON values as a newer version may add them, without keys that reach prototypes. */
const addition = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)))
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const newKey = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/).map((key) => `new_${key}`);

describe('a profile of a newer 1.x', () => {
  it('keeps what it does not know, wherever that stands, through reading and writing', () => {
    const places: readonly (readonly (string | number)[])[] = [
      [],
      ['hardware'],
      ['hardware', 'platform'],
      ['hardware', 'cpu'],
      ['hardware', 'memory'],
      ['hardware', 'gpus', 0],
      ['hardware', 'gpus', 1],
      ['hardware', 'disks', 0],
      ['hardware', 'disks', 1, 'refused'],
      ['findings', 0],
      ['provenance', '/hardware/memory/cpu_mem_bw_gbps'],
      ['provenance', '/hardware/memory/cpu_mem_bw_gbps', 'samples'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), newKey, addition, fc.nat(99), (place, key, value, minor) => {
        const raw = example();
        const at = (record: unknown) =>
          place.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], record);
        raw['schema_version'] = `1.${minor}.0`;
        (at(raw) as Record<string, unknown>)[key] = value;
        const once = parseProfile(JSON.stringify(raw));
        const twice = parseProfile(formatProfile(once));
        expect((at(twice) as Record<string, unknown>)[key]).toEqual(value);
        expect(twice).toEqual(once);
        expect(twice.schema_version).toBe(`1.${minor}.0`);
      }),
      { numRuns: 300 },
    );
  });

  it('loses no figure, whichever of its keys are missing', () => {
    const fields = ['vram_total_mib', 'vram_free_mib', 'pcie_width', 'name', 'mig'] as const;
    fc.assert(
      fc.property(fc.subarray([...fields]), (removed) => {
        const raw = example();
        const gpu = (raw['hardware'] as { gpus: Record<string, unknown>[] }).gpus[0]!;
        const before = { ...gpu };
        for (const field of removed) delete gpu[field];
        const profile = parseProfile(JSON.stringify(raw));
        for (const field of fields) {
          const missing = removed.includes(field);
          expect(profile.hardware.gpus![0]![field]).toBe(missing ? null : before[field]);
          const reason = profile.provenance[`/hardware/gpus/0/${field}`]?.reason;
          expect(reason).toBe(missing ? 'absent: not in the file' : undefined);
        }
      }),
    );
  });
});

describe('a text that is not a profile', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const cases: readonly (readonly [what: string, text: string, code: string, says: RegExp])[] = [
    ['an empty file', '', 'not-json', /not JSON/],
    ['words', 'hello', 'not-json', /not JSON/],
    ['a file cut short', exampleText.slice(0, 1000), 'not-json', /cut short/],
    ['a list', '[]', 'not-a-profile', /holds a list/],
    ['null', 'null', 'not-a-profile', /holds null/],
    ['a number', '3', 'not-a-profile', /holds a number/],
    ['another JSON file', '{"name":"x"}', 'not-a-profile', /no schema_version/],
    ['a version that is no text', '{"schema_version":1}', 'not-a-profile', /\/schema_version/],
    ['a file of 2.x', '{"schema_version":"2.0.0"}', 'unsupported-version', /2\.0\.0.*1\.x.*0\.1/],
    ['a file of 0.2', '{"schema_version":"0.2.0"}', 'unsupported-version', /0\.2\.0/],
    ['nonsense for a version', '{"schema_version":"new"}', 'unsupported-version', /new/],
    ['a file nested too deep', deep, 'too-deep', /64 levels/],
    ['a deep file of 1.x', `{"schema_version":"1.0.0","x":${deep}}`, 'too-deep', /64 levels/],
    ['a file that is too large', `"${'x'.repeat(16 * 2 ** 20)}"`, 'too-large', /16 MiB/],
    ['a prototype', '{"schema_version":"1.0.0","__proto__":{"x":1}}', 'forbidden-key', /__proto__/],
    ['a constructor inside', '{"a":[{"constructor":{}}]}', 'forbidden-key', /\/a\/0\/constructor/],
    ['a frame alone', '{"schema_version":"1.0.0"}', 'invalid-field', /at \/\w+/],
  ];

  it.each(cases)('%s is refused with what, where and what to do', (_what, text, code, says) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/\.$/);
    expect(error.remedy).toMatch(/\.$/);
  });

  it.each([
    ['/hardware/memory/ram_total_gib', '62.7'],
    ['/hardware/memory/ram_total_gib', -1],
    ['/hardware/cpu/physical_cores', 1.5],
    ['/hardware/gpus/1/pcie_width', 'x16'],
    ['/hardware/gpus', {}],
    ['/hardware/gpus/0', null],
    ['/hardware/disks/0/directory', null],
    ['/findings/0/severity', 'loud'],
    ['/notes', 'one'],
    ['/hardware', []],
  ])('with %s as %j is refused, and the place is named', (pointer, value) => {
    const raw = example();
    const steps = pointer.split('/').slice(1);
    const last = steps.pop()!;
    const record = steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], raw);
    (record as Record<string, unknown>)[last] = value;
    const error = refusal(JSON.stringify(raw));
    expect(error.code).toBe('invalid-field');
    expect(error.pointer).toMatch(new RegExp(`^${pointer}`));
    expect(error.message).toContain(error.pointer);
  });

  it('is refused or read, and never crashes, however a profile is damaged', () => {
    fc.assert(
      fc.property(
        fc.nat(exampleText.length),
        fc.nat(40),
        fc.oneof(
          fc.string({ maxLength: 5 }),
          fc.constantFrom('"', '{', ']', ',', '\\', 'null', '1e999', '-'),
        ),
        (at, remove, insert) => {
          const text = exampleText.slice(0, at) + insert + exampleText.slice(at + remove);
          try {
            parseProfile(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ProfileError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
