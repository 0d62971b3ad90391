import { describe, expect, it } from 'vitest';
import { planMarkdown } from '../../../src/core/report/plan-markdown';
import { planText } from '../../../src/core/report/plan-text';
import { samplePlan } from './sample-plan';

describe('a plan as text', () => {
  const text = planText(samplePlan(), { width: 80 });

  it('begins with the verdict', () => {
    expect(text).toMatch(/^REFUSE {2}Qwen3 30B A3B Q4_K_M\n/);
  });

  it('gives the reasons with their numbers, and the field that was not measured', () => {
    expect(text).toContain('- gpu0 takes 18.00 GiB of 15.00 GiB: 3.00 GiB short.');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('not measured. (Memory: read bandwidth)');
  });

  it('says of each remedy what planning it gave', () => {
    expect(text).toContain('- Keep the experts of 12 layers in host memory.\n');
    expect(text).toContain('- Halve the context. (then: refuse)');
  });

  it('shows memory by component and device, with what is unknown as unknown and what is over marked', () => {
    expect(text).toMatch(/Weights +17\.00 GiB +5\.00 GiB/);
    expect(text).toMatch(/Compute +unknown +0 B/);
    expect(text).toMatch(/Budget +15\.00 GiB +10\.00 GiB/);
    expect(text).toContain('███████████!');
    expect(text).toContain('██████░░░░░░');
    expect(text).toMatch(/Used +120 % +50 %/);
  });

  it('gives a forecast with its interval, ceiling and basis, and what an unknown one needs', () => {
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'Decode 36.0 tok/s (24.0 to 51.0; ceiling 60.0; basis: prior, no receipts yet)',
    );
    expect(text).toContain('Prefill  unknown: needs a measured prompt');
  });

  it('keeps the flags on one line, so that they can be copied', () => {
    expect(text).toContain("\n  llama-server -m '/models/qwen3.gguf' -ngl 49\n");
  });

  it('tells the worst finding first, with what to do', () => {
    expect(text.indexOf('warning: The link is slow. Use another slot.')).toBeLessThan(
      text.indexOf('An upper bound.'),
    );
  });

  it('names the source of each assumption', () => {
    expect(text).toContain('- prompt cache: 1024 MiB (default: -cram)');
    expect(text).toContain('- driver: unknown (read: nvidia-smi)');
  });

  it('stays within the width', () => {
    for (const width of [60, 80, 120]) {
      for (const line of planText(samplePlan({ flags: '' }), { width }).split('\n')) {
        expect(line.length, line).toBeLessThanOrEqual(width);
      }
    }
  });

  it('sets many devices out in blocks that fit the width', () => {
    const [gpu] = samplePlan().memory;
    const memory = Array.from({ length: 8 }, (_, index) => ({ ...gpu!, device: `gpu${index}` }));
    const many = planText(samplePlan({ memory }), { width: 80 });
    for (const { device } of memory) expect(many).toContain(device);
    expect(Math.max(...many.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('a plan as Markdown', () => {
  it('has a table of memory by device and component', () => {
    const markdown = planMarkdown(samplePlan());
    expect(markdown).toContain('# REFUSE: Qwen3 30B A3B Q4\\_K\\_M');
    expect(markdown).toContain(
      '| gpu0 RTX 4090 | 17.00 GiB | 768 MiB | unknown | 0 B | 0 B | 18.00 GiB | 15.00 GiB | 120 % |',
    );
    expect(markdown).toContain("```sh\nllama-server -m '/models/qwen3.gguf' -ngl 49\n```");
  });

  it('lets no name from a file become markup', () => {
    const model = { name: '<img src=x>|[a](b)\n# Title', locator: '/m', quant: null };
    const flags = 'llama-server -m "a```b"';
    const markdown = planMarkdown(samplePlan({ model, flags }));
    expect(markdown).toContain('# REFUSE: \\<img src=x\\>\\|\\[a\\](b) \\# Title');
    expect(markdown).toContain('````sh\n');
  });
});
