import { homedir } from 'node:os';
import { join } from 'node:path';

/** Whose folder it is decides how it is laid out. */
export type ModelOrigin = 'llama.cpp' | 'hugging-face' | 'ollama' | 'lm-studio' | 'folder';

export interface ModelFolder {
  readonly origin: ModelOrigin;
  readonly path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folders where programs keep models on this machine, whether they exist or not: llama.cpp v0.5.0
 * (`common/common.cpp: fs_get_cache_directory`), the Hugging Face hub, Ollama (also of its Linux service), LM Studio.
 */
export function usualModelFolders(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): readonly ModelFolder[] {
  const cache = environment['XDG_CACHE_HOME'] || join(home, '.cache');
  return [
    { origin: 'llama.cpp', path: llamaCache(environment, platform, home, cache) },
    { origin: 'hugging-face', path: hubFolder(environment, cache) },
    ...ollamaFolders(environment, platform, home).map((path) => ({ origin: 'ollama' as const, path })),
    { origin: 'lm-studio', path: join(home, '.lmstudio', 'models') },
    { origin: 'lm-studio', path: join(home, '.cache', 'lm-studio', 'models') },
  ];
}

function llamaCache(
  environment: Environment,
  platform: NodeJS.Platform,
  home: string,
  cache: string,
): string {
  if (environment['LLAMA_CACHE']) return environment['LLAMA_CACHE'];
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'llama.cpp');
  if (platform === 'win32')
    return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'llama.cpp');
  return join(cache, 'llama.cpp');
}

function hubFolder(environment: Environment, cache: string): string {
  const hub = environment['HF_HUB_CACHE'] || environment['HUGGINGFACE_HUB_CACHE'];
  return hub || join(environment['HF_HOME'] || join(cache, 'huggingface'), 'hub');
}

function ollamaFolders(environment: Environment, platform: NodeJS.Platform, home: string): string[] {
  if (environment['OLLAMA_MODELS']) return [environment['OLLAMA_MODELS']];
  const own = join(home, '.ollama', 'models');
  return platform === 'linux' ? [own, '/usr/share/ollama/.ollama/models'] : [own];
}
