import type { Command } from '../plan/schema';

/**
 * Options of llama.cpp v0.5.0 that do more than run a model of this machine: that fetch, listen elsewhere, write or read other
 * files, or give a model tools.
 */
export const reachingOptions: ReadonlySet<string> = new Set(
  `-hf -hfr --hf-repo -hff --hf-file -hft --hf-token -mu --model-url -dr --docker-repo -mmu --mmproj-url
   --spec-draft-hf -hfd -hfrd --hf-repo-draft --rpc -rpc --models-dir --models-preset
   --embd-gemma-default --fim-qwen-1.5b-default --fim-qwen-3b-default --fim-qwen-7b-default
   --fim-qwen-7b-spec --fim-qwen-14b-spec --fim-qwen-30b-default --gpt-oss-20b-default
   --gpt-oss-120b-default --vision-gemma-4b-default --vision-gemma-12b-default
   --host --port --reuse-port --path --api-prefix --cors-origins --cors-methods --cors-headers --cors-credentials
   --ssl-key-file --ssl-cert-file --api-key --api-key-file --tools --tools-runtime --mcp-servers-config
   --mcp-servers-json --ui-mcp-proxy --webui-mcp-proxy -ag --agent --video-ffmpeg-dir --media-path
   --slot-save-path --log-file --log-prompts-dir -lcs --lookup-cache-static -lcd --lookup-cache-dynamic
   --ui-config-file --webui-config-file --grammar-file -jf --json-schema-file --chat-template-file
   -f --file -bf --binary-file`.split(/\s+/u),
);

/** All that a plan ever sets. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(['CUDA_DEVICE_ORDER']);

/**
 * What in a command reaches beyond running a model: variables, which may name libraries to load, and options. None is in a plan
 * made here; a plan from a file may be anybody's.
 */
export function reachingWords({ argv, env }: Command): readonly string[] {
  const options = argv.filter((word) => reachingOptions.has(word.startsWith('--') ? spelt(word) : word));
  return [...Object.keys(env).filter((name) => !OWN_VARIABLES.has(name)), ...options];
}

/** llama.cpp takes `_` for `-` in a long option. */
function spelt(word: string): string {
  return word.replaceAll('_', '-');
}
