import type { Model } from '../../../model/schema';

/** Architectures whose rotation always takes four positions a token (`llama_model_rope_type`). */
const fourPositions = new Set([
  'qwen2vl',
  'paddleocr',
  'qwen3vl',
  'qwen3vlmoe',
  'qwen35',
  'qwen35moe',
  'qwen4exp',
  'qwen3tts',
]);

/** Positions that each token is rotated by: four where text, time, height and width have one each (M-RoPE), otherwise one. */
export function positionsPerToken(model: Model): number {
  const name = model.architecture ?? '';
  if (fourPositions.has(name)) return 4;
  if (!/^(glm4|glm4moe|hunyuan_vl|dflash)$/u.test(name)) return 1;
  const sections = model.metadata[`${name}.rope.dimension_sections`];
  if (name === 'dflash') return Array.isArray(sections) && sections.some((each) => each > 0) ? 4 : 1;
  return Array.isArray(sections) && (sections[0] ?? 0) > 0 && (sections[1] ?? 0) > 0 ? 4 : 1;
}
