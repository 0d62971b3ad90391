import type { Model } from '../../../../src/core/model/schema';
import { expertPattern } from '../../../../src/core/plan/model-index';
import type { KvType } from '../../../../src/core/plan/schema';
import type { Settings, SplitMode, TensorOverride } from '../../../../src/core/plan/settings';
import { GIB } from '../../../../src/core/units';

/** Numbers that look random and are the same in every run (mulberry32). */
export class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  of<Choice>(...choices: readonly Choice[]): Choice {
    return choices[this.between(0, choices.length - 1)]!;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}

const types: readonly KvType[] = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'];

/** Any arguments at all for a model, from none to four devices. */
export function randomSettings(model: Model, random: Random): Settings {
  const blocks = model.block_count!;
  const count = random.of(0, 1, 1, 1, 2, 2, 3, 4);
  const splitMode = random.of<SplitMode>('layer', 'layer', 'layer', 'none', 'row');
  const batch = random.of(2048, 2048, random.between(1, 64), random.between(32, 4096));
  const microBatch = random.of(512, 512, 1, random.between(1, 64), random.between(32, 2048));
  return {
    tool: random.of('llama-server', 'llama-bench', 'llama-fit-params'),
    context: random.of(random.between(1, 300), random.between(256, 131_072), 4096, 32_768),
    sequences: random.of(1, 1, 2, 3, 4, 8, random.between(1, 40)),
    unified: random.chance(0.3),
    keyType: random.of('f16', 'f16', random.of(...types)),
    valueType: random.of('f16', 'f16', random.of(...types)),
    flashAttention: random.chance(0.8),
    flashAttentionAuto: random.chance(0.5),
    batch,
    microBatch: Math.min(microBatch, batch),
    device: count > 0,
    devices: Array.from({ length: count }, (_, position) => ({
      name: `gpu${position}`,
      freeBytes: random.chance(0.3) ? null : random.between(1, 80) * GIB,
    })),
    tensorSplit:
      count > 1 && random.chance(0.6) ? Array.from({ length: count }, () => random.between(0, 5)) : null,
    splitMode,
    mainDevice: count > 0 ? random.between(0, count - 1) : 0,
    gpuLayers: random.of(-1, 999, random.between(0, blocks + 1), random.between(0, blocks + 1)),
    cpuMoeLayers: random.chance(0.5) ? 0 : random.between(0, blocks),
    overrides: random.chance(0.3) ? randomOverrides(blocks, splitMode === 'none' ? 1 : count, random) : [],
    fullWindow: random.chance(0.2),
    offloadCache: random.chance(0.8),
    offloadOperations: random.chance(0.8),
    repack: true,
  };
}

function randomOverrides(blocks: number, devices: number, random: Random): readonly TensorOverride[] {
  const block = (): number => random.between(0, blocks - 1);
  return Array.from({ length: random.between(1, 3) }, () => ({
    pattern: random.of(
      expertPattern,
      /ffn_down/u,
      /attn/u,
      /token_embd/u,
      /output/u,
      /norm/u,
      new RegExp(`blk\\.${block()}\\.`, 'u'),
      new RegExp(`blk\\.(${block()}|${block()})\\.ffn`, 'u'),
      /blk\.\d*[02468]\.ffn_(up|gate)/u,
    ),
    home: devices > 0 && random.chance(0.5) ? random.between(0, devices - 1) : 'host',
  }));
}

/** Settings as a failed test prints them. */
export function shown(settings: Settings): string {
  return JSON.stringify(settings, (_, value) => (value instanceof RegExp ? value.source : value));
}
