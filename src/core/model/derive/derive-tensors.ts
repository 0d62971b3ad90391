import type { Metadata } from '../assemble-model';
import type { Traits } from '../config/blueprint';
import type { Architecture } from './architecture';
import {
  cohere2,
  commandR,
  glm4,
  gptOss,
  llama,
  olmo2,
  olmoe,
  phi3,
  qwen2Moe,
  qwen3,
} from './dense-architectures';
import { gemma2, gemma3, gemma3n, gemma4 } from './gemma-architectures';
import { falconH1, graniteHybrid, lfm2, nemotronH, qwen35, qwen3Next } from './hybrid-architectures';
import { readHyperparameters } from './hyperparameters';
import { deepseek2, glm4Moe } from './latent-architectures';
import { indexed, llama4, minimaxM2, phiMoe } from './mixture-architectures';
import { kimiLinear, mamba, mamba2Alone } from './recurrent-architectures';
import type { TensorShape } from './tensor-shape';
import { inBlock } from './tensor-shape';

const architectures: Readonly<Record<string, Architecture>> = {
  llama,
  mistral3: llama,
  smollm3: llama,
  granite: llama,
  granitemoe: llama,
  qwen2: llama,
  qwen2moe: qwen2Moe,
  qwen2vl: llama,
  qwen3,
  qwen3moe: qwen3,
  qwen3vl: qwen3,
  qwen3vlmoe: qwen3,
  qwen3next: qwen3Next,
  qwen35,
  qwen35moe: qwen35,
  gemma: llama,
  gemma2,
  gemma3,
  gemma3n,
  gemma4,
  phi3,
  phimoe: phiMoe,
  cohere2,
  'command-r': commandR,
  glm4,
  glm4moe: glm4Moe,
  deepseek2,
  deepseek32: indexed,
  'glm-dsa': indexed,
  llama4,
  'minimax-m2': minimaxM2,
  'kimi-linear': kimiLinear,
  mamba,
  mamba2: mamba2Alone,
  'gpt-oss': gptOss,
  granitehybrid: graniteHybrid,
  nemotron_h: nemotronH,
  nemotron_h_moe: nemotronH,
  'falcon-h1': falconH1,
  lfm2,
  lfm2moe: lfm2,
  olmo2,
  olmoe,
};

/**
 * Names and dimensions of every tensor of a model, from its metadata and what that does not say. Null for an architecture
 * whose tensors are not known here; throws MissingNumber where the metadata lacks a number.
 */
export function deriveTensors(metadata: Metadata, traits: Traits): readonly TensorShape[] | null {
  const name = String(metadata['general.architecture']);
  const architecture = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (architecture === undefined) return null;
  const model = readHyperparameters(metadata);
  const tensors = [...architecture.outside(model, traits)];
  for (let layer = 0; layer < model.blocks; layer += 1) {
    tensors.push(...inBlock(layer, architecture.block(model, traits, layer)));
  }
  return tensors;
}
