import type { Family } from './blueprint';
import type { Config } from './config-fields';
import { nested, texts } from './config-fields';
import { cohere, cohere2 } from './families/cohere';
import { deepseek2, deepseek32, glm4MoeLite, glmDsa } from './families/deepseek';
import { falconH1 } from './families/falcon-h1';
import { gemma, gemma2, gemma3, gemma3n, gemma4 } from './families/gemma';
import { glm4, glm4Moe } from './families/glm';
import { gptOss } from './families/gpt-oss';
import { graniteHybrid, graniteMoe } from './families/granite';
import { kimiLinear } from './families/kimi-linear';
import { lfm2, lfm2Moe } from './families/lfm2';
import { granite, llama, mistral3, smolLm3 } from './families/llama';
import { llama4 } from './families/llama4';
import { mamba, mamba2 } from './families/mamba';
import { minimaxM2 } from './families/minimax';
import { nemotronH } from './families/nemotron-h';
import { olmo2, olmoe } from './families/olmo';
import { phi3, phiMoe } from './families/phi';
import {
  qwen2,
  qwen2Moe,
  qwen2Vl,
  qwen3,
  qwen35,
  qwen35Moe,
  qwen3Moe,
  qwen3Next,
  qwen3Vl,
  qwen3VlMoe,
} from './families/qwen';

const families: readonly Family[] = [
  llama,
  llama4,
  mistral3,
  smolLm3,
  qwen2,
  qwen2Moe,
  qwen3,
  qwen3Moe,
  qwen3Next,
  qwen35,
  qwen35Moe,
  qwen2Vl,
  qwen3Vl,
  qwen3VlMoe,
  gemma,
  gemma2,
  gemma3,
  gemma3n,
  gemma4,
  phi3,
  phiMoe,
  gptOss,
  deepseek2,
  deepseek32,
  glmDsa,
  glm4MoeLite,
  minimaxM2,
  kimiLinear,
  mamba,
  mamba2,
  glm4,
  glm4Moe,
  cohere,
  cohere2,
  granite,
  graniteMoe,
  graniteHybrid,
  nemotronH,
  falconH1,
  lfm2,
  lfm2Moe,
  olmo2,
  olmoe,
];

/** The family a config belongs to, by `architectures` first, as llama.cpp's converter chooses, then by `model_type`; null for none that is known. */
export function familyOf(config: Config): Family | null {
  const architectures = texts(config, 'architectures') ?? [];
  const types = modelTypes(config);
  return (
    families.find((family) => architectures.some((name) => family.architectures.includes(name))) ??
    families.find((family) => types.some((name) => family.modelTypes.includes(name))) ??
    null
  );
}

/** What a config calls its kind of model, for a sentence about one that is not known. */
export function nameOfKind(config: Config): string | null {
  const architectures = texts(config, 'architectures') ?? [];
  return architectures[0] ?? modelTypes(config)[0] ?? null;
}

function modelTypes(config: Config): readonly string[] {
  const named = [config['model_type'], nested(config, 'text_config')['model_type']];
  return named.filter((name) => typeof name === 'string');
}
