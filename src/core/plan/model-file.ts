import type { Model } from '../model/schema';

/** The file a runtime is given, and whether it is on this machine. */
export interface ModelFile {
  readonly path: string;
  readonly here: boolean;
}

/** The GGUF file itself, or the name it would have where the model is only known from a config, the catalog or the net. */
export function modelFile(model: Model): ModelFile {
  const { kind, locator } = model.source;
  if (kind === 'gguf' && !isRemote(locator)) return { path: locator, here: true };
  const remote = kind === 'gguf' ? lastName(locator) : '';
  if (remote !== '') return { path: remote, here: false };
  const stem = model.name
    .replace(/\.gguf$/iu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/gu, '-')
    .replace(/^-+/u, '');
  const quant =
    model.quant === null || stem.toLowerCase().includes(model.quant.toLowerCase()) ? '' : `-${model.quant}`;
  return { path: `${stem === '' ? 'model' : stem}${quant}.gguf`, here: false };
}

/** The file's own name at the end of an address, without what could be taken for an option or a folder. */
function lastName(locator: string): string {
  const name = locator.split(/[/:]/u).at(-1)!;
  return decoded(name)
    .replaceAll(/[/\\\p{Cc}]/gu, '-')
    .replace(/^-+/u, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isRemote(locator: string): boolean {
  return /^(https?:|hf:)/u.test(locator);
}
