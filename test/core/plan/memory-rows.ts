import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { catalogModel } from '../../../src/core/catalog/models';
import { modelFromConfig } from '../../../src/core/model/config/model-from-config';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../../src/core/model/schema';
import { readBytes } from '../model/gguf/drive';
import type { TruthRow } from './truth-rows';

const fixtures = new URL('../../fixtures/', import.meta.url);

function bytesOf(path: string): Buffer {
  return readFileSync(new URL(path, fixtures));
}

/** Rows of models and arguments that are in no other table (test/fixtures/memory-rows/README.md). */
export const moreRows = JSON.parse(
  bytesOf('memory-rows/llama-fit-params-v0.5.0.json').toString(),
) as readonly TruthRow[];

/** Rows of models and arguments drawn anew once every architecture was drawn (the same README). */
export const freshRows = JSON.parse(
  bytesOf('memory-rows/fresh-v0.5.0.json').toString(),
) as readonly TruthRow[];

type Headers = Readonly<Record<string, { readonly file_bytes: number; readonly head: string }>>;

/** Whole headers as hexadecimal text, by name. */
function headersOf(path: string): Headers {
  return JSON.parse(brotliDecompressSync(bytesOf(path)).toString()) as Headers;
}

const tiny = headersOf('memory-rows/tiny-headers.json.br');
const wide = headersOf('memory-rows/wide-headers.json.br');
let fresh: Headers | null = null;

const models = new Map<string, Model>();

function headersOfKind(kind: string | undefined): Headers {
  if (kind === 'fresh') return (fresh ??= headersOf('memory-rows/fresh-headers.json.br'));
  return kind === 'wide' ? wide : tiny;
}

/** The model that a row names by `catalog NAME QUANT`, `config NAME QUANT`, `tiny NAME`, `wide NAME` or `fresh NAME`. */
export function modelOfLabel(label: string): Model {
  const known = models.get(label);
  if (known !== undefined) return known;
  const made = make(label);
  models.set(label, made);
  return made;
}

function make(label: string): Model {
  const [kind, name = '', quant = null] = label.split(' ');
  if (kind === 'catalog') return catalogModel(name, quant)!;
  if (kind === 'config') {
    const config: unknown = JSON.parse(bytesOf(`configs/${name}.json`).toString());
    return modelFromConfig(config, { name, locator: name, quant });
  }
  const { head, file_bytes } = headersOfKind(kind)[name]!;
  return modelFromGguf(readBytes(Buffer.from(head, 'hex'), file_bytes), name, name);
}
