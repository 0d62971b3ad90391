import { describe, expect, it } from 'vitest';
import { modelListText, type ListedModel } from '../../../src/core/report/model-list-text';
import { bestFit, overviewText } from '../../../src/core/report/overview-text';
import type { Plan, Verdict } from '../../../src/core/plan/schema';
import { GIB } from '../../../src/core/units';
import { samplePlan } from './sample-plan';

function listed(name: string, verdict: Verdict, gib: number): ListedModel {
  const [row] = samplePlan().memory;
  const memory: Plan['memory'] = [{ ...row!, device: 'host', total_bytes: gib * GIB }];
  const plan = samplePlan({ model: { name, locator: name, quant: null }, verdict, memory });
  return { name, reference: name, bytes: null, answer: { plan, failure: null } };
}

const broken: ListedModel = {
  name: 'broken',
  reference: '/broken.gguf',
  bytes: 7,
  answer: { plan: null, failure: { message: 'It is not a GGUF file.' } },
};

describe('a list of models', () => {
  it('shows verdict, memory and forecast of each, and why one could not be read', () => {
    const lines = modelListText([listed('small', 'ship', 4), broken], { width: 100 });
    expect(lines[0]).toMatch(/^Verdict +Model +Memory +Host +Decode$/);
    expect(lines[1]).toMatch(/^SHIP +small +4\.00 GiB +4\.00 GiB +36\.0 tok\/s$/);
    expect(lines[2]).toMatch(/^unread +broken +It is not a GGUF file\.$/);
  });

  it('keeps both ends of a name that is too long', () => {
    const name = `Qwen-${'x'.repeat(80)}-Q4_K_M`;
    const [, line] = modelListText([listed(name, 'ship', 4)], { width: 80 });
    expect(line).toMatch(/Qwen-x+…x+-Q4_K_M/);
    expect(line!.length).toBeLessThanOrEqual(80);
  });
});

describe('the overview', () => {
  const found = [
    listed('small', 'ship', 4),
    listed('large', 'ship', 9),
    listed('huge', 'refuse', 90),
    broken,
  ];

  it('gives the flags of the largest found model that ships', () => {
    expect(bestFit(found)?.plan.model.name).toBe('large');
    const text = overviewText({ profilePath: '/data/profile.json', found, catalog: [] }, { width: 100 });
    expect(text).toContain('/data/profile.json');
    expect(text).toContain('Flags for large\n  llama-server -m');
    expect(text).toContain('npm run serve');
  });

  it('says how to get flags where no found model ships', () => {
    const text = overviewText(
      { profilePath: '/p', found: [], catalog: [listed('huge', 'refuse', 90)] },
      { width: 100 },
    );
    expect(text).toContain('Models found here\n  none');
    expect(text).toContain('plimsoll plan FILE.gguf or NAME');
  });
});
