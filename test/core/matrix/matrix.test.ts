import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculationModes, precisions } from '../../../src/core/calc/precision';
import { evaluatePair } from '../../../src/core/calc/vram';
import { catalogGpus, gpuNamed } from '../../../src/core/catalog/gpus/gpus';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import { inputsOfModel } from '../../../src/core/calc/inputs-of-model';
import { cellOf, MatrixError, matrixOf, precisionOf, requirementOf } from '../../../src/core/matrix/matrix';
import { type MatrixModel, matrixModel } from '../../../src/core/matrix/models';
import { bytesPerParameterOf, matrixPrecisions, precisionNamed } from '../../../src/core/matrix/precisions';
import { matrixModes, matrixRequestSchema } from '../../../src/core/matrix/schema';
import { filterCells, filterGpus, sortCells, summariseModels } from '../../../src/core/matrix/select';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { profileWithGpus } from '../../../src/core/catalog/gpus/profile-with-gpus';
import { profileSchema } from '../../../src/core/profile/schema';
import { matrixCsv, matrixMarkdown, matrixTable } from '../../../src/core/report/matrix-text';
import { GIB } from '../../../src/core/units';

const request = (given: object = {}) => matrixRequestSchema.parse(given);

/** A model of given size and nothing else. */
const plain = (name: string, params: number, cache: number): MatrixModel => ({
  name,
  title: name,
  params_billion: params,
  kv_cache_mb_per_token: cache,
  context_trained: 32768,
  inQuant: () => null,
});

function known(name: string): MatrixModel {
  return matrixModel(name, catalogModel(name, 'F16')!, (quant) => catalogModel(name, quant));
}

const card = (name: string) => gpuNamed(name)!;

const bytes = (id: string) => bytesPerParameterOf(precisionNamed(id)!);

describe('the rule of thumb over models and cards', () => {
  it('is the calculators’ own for the four precisions that they have, in all three modes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1000, noNaN: true }),
        fc.double({ min: 0.001, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.constantFrom(...precisions),
        fc.constantFrom(...calculationModes),
        (params, cache, context, precision, mode) => {
          const [cell] = matrixOf(
            [plain('m', params, cache)],
            [card('rtx-3090')],
            request({ context_tokens: context, precision, mode }),
          );
          const pair = evaluatePair({
            model: 'm',
            params_billion: params,
            kv_cache_mb_per_token: cache,
            context_tokens: context,
            gpu: 'g',
            gpu_vram_gb: 24,
            quantization: precision,
            overhead_factor: 0.3,
            calculation_mode: mode,
          });
          expect(cell!.required_vram_gb).toBe(pair.required_vram_gb);
          expect(cell!.status).toBe(pair.status);
          expect(cell!.vram_free_percent).toBe(pair.vram_free_percent);
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('has 7 billion at 14 GB in 16 bits and 3.85 GB in INT4 with an overhead of a tenth, and 70 billion at 140 GB', () => {
    // 7 × 2 bytes = 14 GB of 10^9 bytes, which are 13.04 GiB; 7 × 0.5 × 1.1 = 3.85 GB, which are 3.59 GiB
    const seven = requirementOf(plain('7b', 7, 0), precisionNamed('fp16')!, request({ overhead_factor: 0 }));
    expect(seven.required).toBe(14);
    expect((14e9 / GIB).toFixed(2)).toBe('13.04');
    const packed = requirementOf(
      plain('7b', 7, 0),
      precisionNamed('int4')!,
      request({ overhead_factor: 0.1 }),
    );
    expect(packed.required).toBeCloseTo(3.85, 12);
    const seventy = requirementOf(plain('70b', 70, 0), precisionNamed('fp16')!, request());
    expect(seventy.breakdown).toMatchObject({ params_memory_gb: 140, overhead_gb: 42, total_vram_gb: 182 });
  });

  it('adds what each format adds to the nominal bytes', () => {
    expect(bytes('gptq-int4')).toBe(0.5 * (66.5 / 64));
    expect(bytes('awq-int4')).toBe(bytes('gptq-int4'));
    expect(bytes('mxfp4')).toBe(0.53125);
    expect(bytes('fp8')).toBeCloseTo(1.000244, 6);
    expect(bytes('exl2-4.0')).toBe(0.51);
    expect(bytes('int4')).toBe(0.5);
  });

  it('takes for GGUF quantisations the mean bits that its tensors really have', () => {
    for (const { quant, bits, overhead, format } of matrixPrecisions) {
      if (format !== 'gguf' || quant === null) continue;
      const exact = inputsOfModel(catalogModel('llama-3.1-8b', quant)!).bits_per_weight!;
      expect(bits * overhead).toBeCloseTo(exact, 2);
      const large = inputsOfModel(catalogModel('llama-3.3-70b', quant)!).bits_per_weight!;
      expect(large / exact).toBeGreaterThan(0.94);
      expect(large / exact).toBeLessThan(1.01);
    }
  });

  it('warns below a tenth of free memory, and of a context beyond the model', () => {
    const tight = matrixOf(
      [plain('m', 6.7, 0)],
      [card('rtx-4060-ti-16gb')],
      request({ overhead_factor: 0.15 }),
    )[0]!;
    expect(tight).toMatchObject({
      status: 'RUNS',
      warning: expect.stringMatching(/^Low safety margin/u) as string,
    });
    const long = matrixOf([plain('m', 1, 0)], [card('rtx-3090')], request({ context_tokens: 40_000 }))[0]!;
    expect(long.warning).toContain('beyond the 32768 tokens');
  });

  it('says that it does not know where it does not', () => {
    const unsized = { ...plain('m', 1, 1), params_billion: null };
    expect(matrixOf([unsized], [card('rtx-3090')], request())[0]).toMatchObject({
      status: 'UNKNOWN',
      required_vram_gb: null,
      vram_free_percent: null,
    });
    expect(() => precisionOf({ precision: 'int3' })).toThrow(MatrixError);
  });
});

describe('the exact mode', () => {
  const base = profileSchema.parse({
    schema_version: '1.0.0',
    created: '',
    generator: 'test',
    hardware: { platform: {}, cpu: { features: [] }, memory: { ram_available_gib: 512 } },
  });

  it.each(['llama-3.1-8b', 'qwen3-30b-a3b', 'gemma-3-27b', 'gpt-oss-20b'])(
    'runs %s on a card exactly where a plan with all layers there ships',
    (name) => {
      const exact = request({ precision: 'q4_k_m', mode: 'exact', context_tokens: 16384 });
      const model = catalogModel(name, 'Q4_K_M')!;
      for (const gpu of ['rtx-4060', 'rtx-4060-ti-16gb', 'rtx-3090', 'rtx-5090', 'l40s'].map((id) =>
        card(id),
      )) {
        const plan = planModel(
          model,
          profileWithGpus(base, [gpu]),
          planRequestSchema.parse({
            context: 16384,
            gpu_layers: model.block_count! + 1,
            cpu_moe_layers: 0,
            offload_cache: true,
          }),
        );
        const [cell] = matrixOf([known(name)], [gpu], exact);
        expect(`${gpu.id} ${cell!.status}`).toBe(
          `${gpu.id} ${plan.verdict === 'ship' ? 'RUNS' : "DOESN'T RUN"}`,
        );
        const row = plan.memory.find(({ device }) => device === 'gpu0')!;
        if (plan.verdict === 'ship') expect(cell!.required_vram_gb! * GIB).toBeCloseTo(row.total_bytes!, 0);
      }
    },
  );

  it('knows nothing of formats that llama.cpp does not read', () => {
    const cell = matrixOf(
      [known('llama-3.1-8b')],
      [card('rtx-3090')],
      request({ precision: 'awq-int4', mode: 'exact' }),
    )[0]!;
    expect(cell).toMatchObject({ status: 'UNKNOWN', warning: 'llama.cpp does not read awq-int4' });
    const dense = matrixOf(
      [known('llama-3.1-8b')],
      [card('rtx-3090')],
      request({ precision: 'mxfp4', mode: 'exact' }),
    )[0]!;
    expect(dense.warning).toBe('MXFP4 is for experts alone');
  });

  it('makes the whole of its parts', () => {
    const exact = request({ precision: 'q8_0', mode: 'exact' });
    const requirement = requirementOf(known('qwen3-8b'), precisionOf(exact), exact);
    const parts = requirement.breakdown;
    if (parts?.kind !== 'exact') throw new Error('no parts');
    expect(parts.weights_gib + parts.context_gib + parts.compute_gib + parts.other_gib).toBeCloseTo(
      requirement.required!,
      9,
    );
    expect(cellOf(requirement, card('rtx-3090'), precisionOf(exact), exact).status).toBe('RUNS');
  });
});

describe('the whole matrix', () => {
  const models = catalogEntries().map(({ name }) => known(name));

  it('has a figure for every model, card, precision and mode of the rule of thumb', () => {
    let cells = 0;
    for (const { id } of matrixPrecisions)
      for (const mode of calculationModes) {
        const all = matrixOf(models, catalogGpus(), request({ precision: id, mode }));
        cells += all.length;
        expect(
          all.every(({ required_vram_gb: required }) => required !== null && Number.isFinite(required)),
        ).toBe(true);
      }
    expect(models.length).toBeGreaterThanOrEqual(40);
    expect(matrixPrecisions.length).toBeGreaterThanOrEqual(12);
    expect(cells).toBe(models.length * catalogGpus().length * matrixPrecisions.length * 3);
    expect(matrixModes).toHaveLength(4);
  });

  it('is sorted and filtered, with what is not known last', () => {
    const cells = matrixOf(
      [plain('b', 7, 0.1), { ...plain('a', 1, 1), params_billion: null }, plain('c', 1, 0.1)],
      [card('rtx-3090')],
      request(),
    );
    expect(sortCells(cells, 'required', false).map(({ model }) => model)).toEqual(['c', 'b', 'a']);
    expect(sortCells(cells, 'required', true).map(({ model }) => model)).toEqual(['b', 'c', 'a']);
    expect(sortCells(cells, 'model', false).map(({ model }) => model)).toEqual(['a', 'b', 'c']);
    expect(filterCells(cells, { runs: true, leastFree: null }).map(({ model }) => model)).toEqual(['b', 'c']);
    expect(filterCells(cells, { runs: null, leastFree: 50 }).map(({ model }) => model)).toEqual(['c']);
    expect(filterGpus(catalogGpus(), ['amd'], ['data-centre']).every(({ id }) => id.startsWith('mi'))).toBe(
      true,
    );
  });

  it('is summed up by model, with the smallest card that each runs on', () => {
    const cells = matrixOf(
      [plain('m', 7, 0)],
      [card('rtx-3090'), card('rtx-4060'), card('rtx-5090')],
      request(),
    );
    expect(summariseModels(cells)).toEqual([
      { model: 'm', required_vram_gb: 18.2, cards: 3, runs_on: 2, smallest: 'rtx-3090', warning: null },
    ]);
  });
});

describe('the matrix as text', () => {
  const cells = matrixOf([plain('m,"x"', 7, 0.1), plain('=cmd', 700, 0.1)], [card('rtx-3090')], request());

  it('is CSV with quotes where they must be, and without formulas', () => {
    const lines = matrixCsv(cells).split('\r\n');
    expect(lines[0]).toBe(
      'model,params_billion,gpu,gpu_vram_gb,precision,mode,required_vram_gb,status,vram_free_percent,warning',
    );
    expect(lines[1]).toMatch(/^"m,""x""",7,rtx-3090,24,fp16,conservative,/u);
    expect(lines[2]).toMatch(/^'=cmd,/u);
  });

  it('is Markdown and a table with the same rows', () => {
    expect(matrixMarkdown(cells, request())).toContain('| =cmd | rtx-3090 | 24 |');
    expect(matrixTable(cells, request())).toHaveLength(3);
  });
});
