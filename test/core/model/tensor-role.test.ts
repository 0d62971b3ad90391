import { describe, expect, it } from 'vitest';
import { placeOfTensor } from '../../../src/core/model/tensor-role';

describe('the place of a tensor', () => {
  it.each([
    ['token_embd.weight', null, 'token_embedding'],
    ['position_embd.weight', null, 'token_embedding'],
    ['per_layer_token_embd.weight', null, 'per_layer_embedding'],
    ['output.weight', null, 'output'],
    ['output_norm.weight', null, 'output_norm'],
    ['output_norm.bias', null, 'output_norm'],
    ['token_embd_norm.weight', null, 'norm'],
    ['rope_freqs.weight', null, 'rope'],
    ['rope_factors_long.weight', null, 'rope'],
    ['blk.7.attn_q.weight', 7, 'attention'],
    ['blk.7.attn_q.bias', 7, 'attention'],
    ['blk.7.attn_q_norm.weight', 7, 'norm'],
    ['blk.7.attn_kv_a_mqa.weight', 7, 'attention'],
    ['blk.7.attn_k_b.weight', 7, 'attention'],
    ['blk.7.attn_sinks.weight', 7, 'attention'],
    ['blk.7.indexer.attn_q_b.weight', 7, 'attention'],
    ['blk.7.attn_norm.weight', 7, 'norm'],
    ['blk.7.post_attention_norm.weight', 7, 'norm'],
    ['blk.7.ffn_norm.weight', 7, 'norm'],
    ['blk.7.ffn_norm_exps.weight', 7, 'norm'],
    ['blk.7.post_ffw_norm_1.weight', 7, 'norm'],
    ['blk.7.attn_norm_2.weight', 7, 'norm'],
    ['blk.7.ffn_up.weight', 7, 'feed_forward'],
    ['blk.7.ffn_gate.weight', 7, 'feed_forward'],
    ['blk.17.ffn_gate_exps.weight', 17, 'expert'],
    ['blk.17.ffn_gate_up_exps.weight', 17, 'expert'],
    ['blk.17.ffn_down_exps.bias', 17, 'expert'],
    ['blk.17.ffn_up_chexps.weight', 17, 'expert'],
    ['blk.3.ffn_up.12.weight', 3, 'expert'],
    ['blk.17.ffn_up_shexp.weight', 17, 'shared_expert'],
    ['blk.17.ffn_gate_inp.weight', 17, 'router'],
    ['blk.17.ffn_gate_inp_shexp.weight', 17, 'router'],
    ['blk.17.exp_probs_b.bias', 17, 'router'],
    ['blk.0.ssm_in.weight', 0, 'recurrent'],
    ['blk.0.ssm_a', 0, 'recurrent'],
    ['blk.0.ssm_norm.weight', 0, 'recurrent'],
    ['blk.0.shortconv.conv.weight', 0, 'recurrent'],
    ['blk.0.time_mix_key.weight', 0, 'recurrent'],
    ['blk.46.nextn.eh_proj.weight', 46, 'other'],
    ['dec.blk.2.cross_attn_q.weight', 2, 'attention'],
    ['blk.0.mystery.weight', 0, 'other'],
    ['mystery.weight', null, 'other'],
    ['blk.99999.attn_q.weight', null, 'other'],
  ])('%s', (name, layer, role) => {
    expect(placeOfTensor(name, 'llama')).toEqual({ layer, role });
  });

  it('follows LFM2, whose norm before the output is called the norm of the embedding', () => {
    expect(placeOfTensor('token_embd_norm.weight', 'lfm2moe').role).toBe('output_norm');
  });
});
