import type { Model } from '../model/schema';
import type { StartProblem } from '../plan/starts';
import type { ExactArguments } from './arguments';

/** Architectures that llama.cpp v0.5.0 does not split so (`src/llama-arch.cpp: llm_arch_supports_sm_tensor`). */
const unsplit: ReadonlySet<string> = new Set(
  `grok mpt plamo2 minicpm3 gemma3n mamba mamba2 jamba falcon-h1 olmo2 olmoe deepseek2 deepseek32 hy_v4 dots3note glm-dsa bitnet t5
   nemotron_h nemotron_h_moe granitehybrid minimax-01 minimax-m2 minimax-m3 mistral4 kimi-linear bailingmoe3 kimi-k3 qwen3tts
   qwen4exp`.split(/\s+/u),
);

/** What llama.cpp ends with that is told to split tensors (`-sm tensor`); null where it starts. */
export function tensorProblem(model: Model, given: ExactArguments, devices: number): StartProblem | null {
  if (given.splitMode !== 'tensor') return null;
  const why = obstacle(model, given, devices);
  return why === null
    ? null
    : { rule: 'tensor-split', message: `llama.cpp does not start with -sm tensor ${why}; choose -sm layer.` };
}

function obstacle({ architecture }: Model, given: ExactArguments, devices: number): string | null {
  if (devices === 0) return 'and no GPU';
  if (architecture !== null && unsplit.has(architecture)) return `for models of the kind ${architecture}`;
  return given.flashAttention === 'off' ? 'and flash attention off' : null;
}
