import type { Traits } from '../config/blueprint';
import type { Hyperparameters } from './hyperparameters';
import type { TensorShape } from './tensor-shape';
import { bias, weight } from './tensor-shape';

/** A Mamba 2 mixer: projections, convolution, decay, and a norm by group where the model has one. */
export function mamba2(model: Hyperparameters, traits: Traits, withNorm: boolean): TensorShape[] {
  const inner = model.number('ssm.inner_size');
  const heads = model.number('ssm.time_step_rank');
  const groups = model.number('ssm.group_count');
  const convolved = inner + 2 * groups * model.number('ssm.state_size');
  return [
    weight('ssm_in', model.embedding, inner + convolved + heads),
    weight('ssm_out', inner, model.embedding),
    weight('ssm_conv1d', model.number('ssm.conv_kernel'), convolved),
    ...(traits.convolutionBias ? [bias('ssm_conv1d', convolved)] : []),
    bias('ssm_dt', heads),
    { name: 'ssm_a', dimensions: [1, heads] },
    { name: 'ssm_d', dimensions: [1, heads] },
    ...(withNorm ? [weight('ssm_norm', inner / groups, groups)] : []),
  ];
}

/** A gated delta net. Qwen3-Next has its two gates in one tensor (`ssm_ba`), Qwen 3.5 in two. */
export function deltaNet(model: Hyperparameters, gates: 'together' | 'apart'): TensorShape[] {
  const head = model.number('ssm.state_size');
  const valueHeads = model.number('ssm.time_step_rank');
  const keys = head * model.number('ssm.group_count');
  const values = head * valueHeads;
  const { embedding } = model;
  return [
    weight('attn_qkv', embedding, 2 * keys + values),
    weight('attn_gate', embedding, values),
    weight('ssm_out', values, embedding),
    weight('ssm_conv1d', model.number('ssm.conv_kernel'), 2 * keys + values),
    bias('ssm_dt', valueHeads),
    { name: 'ssm_a', dimensions: [valueHeads] },
    weight('ssm_norm', head),
    ...(gates === 'together'
      ? [weight('ssm_ba', embedding, 2 * valueHeads)]
      : [weight('ssm_beta', embedding, valueHeads), weight('ssm_alpha', embedding, valueHeads)]),
  ];
}

/** A gated short convolution (LFM2). */
export function shortConvolution(model: Hyperparameters): TensorShape[] {
  const { embedding } = model;
  return [
    weight('shortconv.conv', model.number('shortconv.l_cache'), embedding),
    weight('shortconv.in_proj', embedding, 3 * embedding),
    weight('shortconv.out_proj', embedding, embedding),
  ];
}

/** Mamba of the first kind: a state a channel, steps projected from the convolution. */
export function mamba1(model: Hyperparameters): TensorShape[] {
  const inner = model.number('ssm.inner_size');
  const state = model.number('ssm.state_size');
  const rank = model.number('ssm.time_step_rank');
  return [
    weight('ssm_in', model.embedding, 2 * inner),
    weight('ssm_conv1d', model.number('ssm.conv_kernel'), inner),
    bias('ssm_conv1d', inner),
    weight('ssm_x', inner, rank + 2 * state),
    weight('ssm_dt', rank, inner),
    bias('ssm_dt', inner),
    { name: 'ssm_a', dimensions: [state, inner] },
    { name: 'ssm_d', dimensions: [inner] },
    weight('ssm_out', inner, model.embedding),
  ];
}

/** Kimi delta attention: a convolution each for queries, keys and values, decay and gate through a narrow matrix. */
export function kimiDelta(model: Hyperparameters, layer: number): TensorShape[] {
  const count = model.at('attention.head_count', layer);
  const head = model.number('kda.head_dim');
  const inner = count * head;
  const taps = model.number('ssm.conv_kernel');
  const { embedding } = model;
  return [
    weight('attn_q', embedding, inner),
    weight('attn_k', embedding, inner),
    weight('attn_v', embedding, inner),
    weight('attn_output', inner, embedding),
    weight('ssm_conv1d_q', taps, 1, inner, 1),
    weight('ssm_conv1d_k', taps, 1, inner, 1),
    weight('ssm_conv1d_v', taps, 1, inner, 1),
    weight('ssm_f_a', embedding, head),
    weight('ssm_f_b', head, inner),
    weight('ssm_g_a', embedding, head),
    weight('ssm_g_b', head, inner),
    weight('ssm_beta', embedding, count),
    { name: 'ssm_a', dimensions: [1, count, 1, 1] },
    bias('ssm_dt', inner),
    weight('ssm_norm', head),
  ];
}
