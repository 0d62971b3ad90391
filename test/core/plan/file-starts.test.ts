import { describe, expect, it } from 'vitest';
import { fileProblem } from '../../../src/core/plan/file-starts';
import { modelOfLabel, moreRows } from './memory-rows';
import { modelNamed, modelNames } from './truth-rows';

const labels = [...new Set(moreRows.map(({ model }) => model))];

describe('what llama.cpp ends with as it reads a file', () => {
  it('is nothing of any file that it read', () => {
    const models = [...labels.map(modelOfLabel), ...modelNames.map(modelNamed)];
    expect(models.filter((model) => fileProblem(model) !== null).map(({ name }) => name)).toEqual([]);
  });

  it('is a block that is missing in the middle', () => {
    const model = modelNamed('llama-3.1-8b');
    const cut = { ...model, tensors: model.tensors.filter(({ layer }) => layer !== 7) };
    expect(fileProblem(cut)).toMatchObject({ rule: 'missing-tensors' });
    expect(fileProblem({ ...cut, source: { ...cut.source, tensors: 'derived' } })).toBeNull();
  });

  it.each(['nanbeige', 'hrm_text'])(
    'is a block that a file of %s lacks, of those that it runs again',
    (architecture) => {
      const models = labels.map(modelOfLabel).filter((model) => model.architecture === architecture);
      expect(models).not.toEqual([]);
      for (const model of models) {
        const cut = { ...model, tensors: model.tensors.filter(({ layer }) => layer !== 1) };
        expect(fileProblem(cut)).toMatchObject({
          rule: 'missing-tensors',
          message: expect.stringContaining('of block 1 '),
        });
      }
    },
  );

  it('is more blocks than it holds, those counted that run again', () => {
    const model = labels.map(modelOfLabel).find(({ architecture }) => architecture === 'nanbeige')!;
    const loops = { ...model, block_count: 6_000_000_000 };
    expect(fileProblem(loops)).toMatchObject({ rule: 'number-of-blocks' });
    expect(fileProblem({ ...model, block_count: 512 })?.rule).not.toBe('number-of-blocks');
  });
});
