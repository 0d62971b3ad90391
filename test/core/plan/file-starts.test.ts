import { describe, expect, it } from 'vitest';
import { fileProblem } from '../../../src/core/plan/file-starts';
import { modelOfLabel, moreRows } from './memory-rows';
import { modelNamed, modelNames } from './truth-rows';

describe('what llama.cpp ends with as it reads a file', () => {
  it('is nothing of any file that it read', () => {
    const labels = [...new Set(moreRows.map(({ model }) => model))];
    const models = [...labels.map(modelOfLabel), ...modelNames.map(modelNamed)];
    expect(models.filter((model) => fileProblem(model) !== null).map(({ name }) => name)).toEqual([]);
  });

  it('is a block that is missing in the middle', () => {
    const model = modelNamed('llama-3.1-8b');
    const cut = { ...model, tensors: model.tensors.filter(({ layer }) => layer !== 7) };
    expect(fileProblem(cut)).toMatchObject({ rule: 'missing-tensors' });
    expect(fileProblem({ ...cut, source: { ...cut.source, tensors: 'derived' } })).toBeNull();
  });
});
