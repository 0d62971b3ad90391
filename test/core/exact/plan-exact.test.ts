import { describe, expect, it } from 'vitest';
import { ArgumentsError } from '../../../src/core/exact/arguments-error';
import { planExact } from '../../../src/core/exact/plan-exact';
import { splitWords } from '../../../src/core/exact/split-words';
import { planSchema } from '../../../src/core/plan/schema';
import type { Tool } from '../../../src/core/plan/settings';
import { GIB, MIB } from '../../../src/core/units';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';

const llama = modelNamed('llama-3.1-8b');
const card = profileWith({ gpus: [{}] });

function judged(line: string, tool: Tool = 'llama-server', profile = card, model = llama) {
  const split = splitWords(line);
  return planExact(model, profile, split.kind === 'words' ? split.words : [], tool);
}

function codes(line: string): readonly string[] {
  return judged(line).findings.map(({ code }) => code);
}

function idleOf({ findings }: ReturnType<typeof judged>): readonly string[] {
  return findings.filter(({ code }) => code === 'choice-without-effect').map(({ message }) => message);
}

function hostCompute(line: string): number | null {
  return judged(line, 'llama-fit-params').memory[1]!.compute_bytes;
}

describe('exact arguments', () => {
  it('are kept as given, the model before them where they name none', () => {
    const argv = ['-c', '4096', '--alias', "it's mine"];
    const plan = planExact(llama, card, argv, 'llama-server');
    expect(plan.exact).toEqual({ tool: 'llama-server', arguments: argv, ignored: ["--alias it's mine"] });
    expect(plan.commands.map((command) => command.argv)).toEqual([
      ['-m', '/models/llama-3.1-8b.gguf', ...argv],
    ]);
    expect(plan.flags).toContain(String.raw`'it'\''s mine'`);
    expect(judged('-m other.gguf').commands[0]!.argv).toEqual(['-m', 'other.gguf']);
  });

  it('give a plan that its own schema takes', () => {
    const plan = judged('-c 8192 -ngl 20 -ot ffn_up=CPU --fit off');
    expect(planSchema.parse(plan)).toEqual(plan);
  });

  it.each(['-c 4096 -np 1', '-c 4096 -ctxcp 2', '-ctxcp 0'])(
    'are told nothing of checkpoints that they did not give up: %s',
    (line) => {
      expect(codes(line)).not.toContain('fewer-checkpoints');
    },
  );

  it('make the tools differ in what they reserve', () => {
    const compute = (tool: Tool) => judged('-c 8192 -ngl 99', tool).memory[0]!.compute_bytes!;
    expect(compute('llama-server')).toBeLessThan(compute('llama-fit-params') / 2);
    expect(judged('-p 8192 -n 0 -ngl 99', 'llama-bench').memory[0]!.context_bytes).toBe(GIB);
  });

  it('count what the server comes to keep, unless it is bounded', () => {
    expect(judged('-c 4096').memory.at(-1)!.overhead_bytes).toBe(8 * GIB);
    expect(judged('-c 4096 -cram 100').memory.at(-1)!.overhead_bytes).toBe(100 * MIB);
    expect(judged('-c 4096 -cram -1').verdict).toBe('unknown');
    expect(judged('-c 4096', 'llama-fit-params').memory.at(-1)!.overhead_bytes).toBe(0);
  });

  it('are judged as if --fit were off, and that is said where it would change something', () => {
    expect(codes('-c 4096')).toContain('fit-on');
    expect(codes('-ngl 99')).toContain('fit-on');
    expect(codes('-c 4096 -ngl 99')).not.toContain('fit-on');
    expect(codes('-c 4096 --fit off')).not.toContain('fit-on');
  });

  it('do not ship with what is not counted', () => {
    const { verdict, reasons } = judged('-c 4096 --lora a.gguf');
    expect(verdict).toBe('unknown');
    expect(reasons[0]).toMatchObject({ code: 'unknown-memory' });
    expect(reasons[0]!.message).toContain('--lora');
    expect(judged('-c 4096 --mmproj p.gguf').reasons[0]!.message).toContain('p.gguf');
  });

  it('count the outputs that drafting adds', () => {
    const overhead = (line: string) =>
      judged(`${line} -c 4096 -np 1 -cram 0`).memory.map((row) => row.overhead_bytes!);
    const [plain, drafting] = [overhead(''), overhead('--spec-type ngram-simple')];
    const added = 48 * 4 * (llama.vocabulary! + llama.embedding_length!);
    expect(drafting.map((bytes, position) => bytes - plain[position]!)).toEqual([added, added]);
    expect(judged('-c 4096 --spec-type draft-mtp').verdict).toBe('unknown');
  });

  it('are refused where llama.cpp would not start with them', () => {
    const latent = modelNamed('deepseek-v2-lite');
    const reasons = (line: string) =>
      judged(line, 'llama-server', card, latent).reasons.map(({ code }) => code);
    expect(reasons('-c 4096 -ctk bf16')).toEqual(['unsupported-combination']);
    expect(reasons('-c 4096 -ctk bf16 -ctv bf16')).not.toContain('unsupported-combination');
    expect(judged('-c 4096 -ctv q8_0 -fa off').verdict).toBe('refuse');
  });

  it('have a batch no larger than their context', () => {
    expect(hostCompute('-c 256 -ub 512')).toBe(hostCompute('-c 256 -ub 256'));
    expect(hostCompute('-c 300 -ub 512')).toBe(hostCompute('-c 300 -ub 300'));
  });

  it('use the devices that they name, in their order', () => {
    const two = profileWith({ gpus: [{}, { index: 1, vram_free_mib: 8000, name: 'small' }] });
    const devices = (line: string) => judged(line, 'llama-server', two).memory.map(({ device }) => device);
    expect(devices('-c 4096')).toEqual(['gpu0', 'gpu1', 'host']);
    expect(devices('-c 4096 -dev CUDA1')).toEqual(['gpu1', 'host']);
    expect(devices('-c 4096 -dev CUDA1,CUDA0')).toEqual(['gpu1', 'gpu0', 'host']);
    expect(devices('-c 4096 -sm none -mg 1')).toEqual(['gpu1', 'host']);
    expect(devices('-c 4096 -sm none -mg -1')).toEqual(['host']);
    expect(devices('-c 4096 -dev none')).toEqual(['host']);
    const moved = judged('-c 4096 -ngl 99 -ot ffn=CUDA1 -ts 1,0', 'llama-server', two).memory;
    expect(moved[1]!.model_bytes).toBeGreaterThan(2 * GIB);
  });

  it.each([
    ['-dev CUDA3', '-dev', 'no such device'],
    ['-sm none -mg 4', '-mg', 'not there'],
    ['-ot x=CUDA7', '-ot', 'CUDA7'],
    ['--bogus', '--bogus', 'no option'],
  ])('name the word that cannot stand: %s', (line, argument, sentence) => {
    const attempt = () => judged(`${line} -c 512`);
    expect(attempt).toThrow(ArgumentsError);
    try {
      attempt();
    } catch (error) {
      expect((error as ArgumentsError).problems[0]).toMatchObject({ argument });
      expect((error as ArgumentsError).message).toContain(sentence);
    }
  });

  it('are refused with changes that ship when they are judged', () => {
    const small = profileWith({ ramGib: 40, gpus: [{ vram_free_mib: 7000 }] });
    for (const [name, line] of [
      ['llama-3.1-8b', '-c 32768 -ngl 99 -np 1 --fit off'],
      ['qwen3-30b-a3b', '-c 8192 -ngl 99 -cmoe -np 1 -cram 60000'],
      ['qwen3-30b-a3b', '-c 8192 -ngl 99 -np 1 -cram 0'],
    ] as const) {
      const plan = judged(line, 'llama-server', small, modelNamed(name));
      expect(plan.verdict).toBe('refuse');
      expect(plan.remedies.length).toBeGreaterThan(0);
      for (const { request } of plan.remedies) {
        expect(judged(String(request['arguments']), 'llama-server', small, modelNamed(name)).verdict).toBe(
          'ship',
        );
      }
    }
  });

  it('counts no second copy of weights that are not mapped: the repacked ones take their place', () => {
    const [once, twice, unmapped] = ['--no-repack', '--repack', '-lm none'].map(
      (word) =>
        judged(`-c 4096 -np 1 -cram 0 ${word}`, 'llama-server', profileWith()).memory[0]!.model_bytes!,
    );
    expect(twice).toBeGreaterThan(once!);
    expect(unmapped).toBe(once);
  });

  it('may be told to spare the second copy of the weights', () => {
    const { remedies } = judged('-c 4096 -np 1 -cram 0', 'llama-server', profileWith({ ramGib: 8.5 }));
    expect(remedies[0]).toMatchObject({
      code: 'no-repack',
      request: { arguments: '-c 4096 -np 1 -cram 0 --no-repack' },
    });
  });

  it('give no verdict about GPUs that nobody could look for', () => {
    const unseen = profileWith({ gpus: null });
    expect(judged('-c 4096 -ngl 99', 'llama-server', unseen).verdict).toBe('unknown');
    expect(judged('-c 4096 -dev none', 'llama-server', unseen).verdict).toBe('ship');
  });

  it('are not told that they use no GPU where nobody could look for one', () => {
    const idle = (line: string, gpus: [] | null) =>
      idleOf(judged(`-c 4096 ${line}`, 'llama-server', profileWith({ gpus })));
    for (const line of ['-ngl 99', '-ngl 99 -ts 1,1']) {
      expect(idle(line, [])).not.toEqual([]);
      expect(idle(line, null)).toEqual([]);
    }
    const mixture = modelNamed('qwen3-30b-a3b');
    const unseen = profileWith({ gpus: null });
    expect(idleOf(judged('-ncmoe 2', 'llama-server', profileWith({ gpus: [] }), mixture))).not.toEqual([]);
    expect(idleOf(judged('-ncmoe 2', 'llama-server', unseen, mixture))).toEqual([]);
    // what the arguments say by themselves holds on any machine
    expect(idle('-ngl 0 -ts 1,1', null)).toEqual(idle('-ngl 0 -ts 1,1', []));
    expect(idle('-ngl 0 -ts 1,1', null)).toHaveLength(1);
  });

  it('never let an architecture without a known cache ship', () => {
    const strange = { ...llama, layers: null, architecture: 'strange' };
    expect(planExact(strange, card, ['-c', '4096'], 'llama-server').verdict).toBe('unknown');
  });
});
