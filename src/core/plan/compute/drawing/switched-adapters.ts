import { attend } from './attend';
import type { Heads } from './store-batch';
import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F32, I32, inputLeaf, type Node, operation, type Shape, view } from './tensor-graph';
import type { ArchitectureTraits } from './traits';

/** The layer behind the others, computed first: one head that finds the adapter of each token (`src/models/granite-switch.cpp`). */
export function drawRouter(block: Block): Node {
  const { sketch, memory } = block;
  const { tokens } = sketch.batch;
  const width = memory.cache?.key_elements ?? null;
  if (width === null) throw new UnknownGraph('no router');
  const heads: Heads = { query: 1, keyValue: 1, key: width, value: width };
  const lane = (): Node =>
    sketch.fresh([width, 1, tokens, 1], view(inputLeaf([tokens, 1, 1, 1], F32), [1, 1, tokens, 1]));
  const [query, key, value] = [lane(), lane(), lane()];
  const routed = attend(block, { query, key, value, heads });
  const first = sketch.fresh(
    [1, tokens, 1, 1],
    view(routed, [1, tokens, 1, 1], (tokens - 1) * width * F32 + F32),
  );
  const rounded = sketch.elementwise(sketch.elementwise(view(first, [tokens, 1, 1, 1])));
  return operation([tokens, 1, 1, 1], [rounded], { elementBytes: I32 });
}

/** A block whose matrices each have an adapter a token; `chosen` are the rows' adapters, which the last block keeps to the outputs. */
export function drawSwitched(block: Block, input: Node, chosen: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const normed = block.norm(input, 'attn_norm', 'rms');
  const attended = switched(block, 'attn_output', attention(block, normed, chosen, traits), chosen);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  const mixed = rows(attended);
  const residual = rows(input);
  const adapters = block.last ? keptAdapters(sketch, chosen) : chosen;
  const scaled = (node: Node): Node => (traits.scaledResidual ? sketch.elementwise(node) : node);
  const middle = sketch.elementwise(scaled(mixed), residual);
  const given = block.norm(middle, 'ffn_norm', 'rms');
  const gate = switched(block, 'ffn_gate', given, adapters);
  const up = switched(block, 'ffn_up', given, adapters);
  const down = switched(block, 'ffn_down', sketch.elementwise(sketch.elementwise(gate), up), adapters);
  return sketch.elementwise(scaled(down), middle);
}

function keptAdapters(sketch: Sketch, chosen: Node): Node {
  const { outputs } = sketch.batch;
  const all = view(chosen, [1, chosen.shape[0], 1, 1], chosen.bytes);
  const kept = operation([1, outputs, 1, 1], [all, sketch.outputRows()], { rows: 0, elementBytes: I32 });
  return view(kept, [outputs, 1, 1, 1], kept.bytes);
}

function attention(block: Block, normed: Node, chosen: Node, traits: ArchitectureTraits): Node {
  const { sketch, layer, memory } = block;
  const { key: keyAll, value: valueAll } = {
    key: memory.cache?.key_elements ?? 0,
    value: memory.cache?.value_elements ?? 0,
  };
  const query = sketch.number('attention.head_count', layer);
  const keyValue = sketch.number('attention.head_count_kv', layer) ?? query;
  if (query === null || keyValue === null || keyAll === 0) throw new UnknownGraph('no heads');
  const heads: Heads = { query, keyValue, key: keyAll / keyValue, value: valueAll / keyValue };
  const { tokens } = sketch.batch;
  const fused = sketch.multiply(block.weight('attn_qkv.weight'), normed);
  const part = (name: string, width: number, count: number): Node => {
    const shape: Shape = [width * count, tokens, 1, 1];
    const own = sketch.fresh(shape, view(fused, shape, sketch.bytesOfPart(fused, shape[0])));
    return view(sketch.elementwise(own, adapted(block, name, normed, chosen)), [width, count, tokens, 1]);
  };
  const rotated = (node: Node): Node => (traits.rope(layer, null) ? sketch.rope(node) : node);
  const asked = part('attn_q', heads.key, query);
  const key = part('attn_k', heads.key, keyValue);
  const value = part('attn_v', heads.value, keyValue);
  return attend(block, { query: rotated(asked), key: rotated(key), value, heads });
}

/** A weight's product, with what the token's adapter adds. */
function switched(block: Block, name: string, input: Node, chosen: Node): Node {
  const { sketch } = block;
  return sketch.elementwise(
    sketch.multiply(block.weight(`${name}.weight`), input),
    adapted(block, name, input, chosen),
  );
}

function adapted(block: Block, name: string, input: Node, chosen: Node): Node {
  const { sketch } = block;
  const [width, tokens] = input.shape;
  const which = (): Node => view(chosen, [1, tokens, 1, 1], chosen.bytes);
  const each = view(input, [width, 1, tokens, 1]);
  const narrow = sketch.multiplyExperts(block.weight(`${name}.lora_a`), each, which());
  const wide = sketch.multiplyExperts(block.weight(`${name}.lora_b`), narrow, which());
  return view(wide, [wide.shape[0], tokens, 1, 1]);
}
