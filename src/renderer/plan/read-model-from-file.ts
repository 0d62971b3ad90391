import { ExpectedError } from '../../contract/errors';
import type { Finding } from '../../core/finding';
import { assembleModel } from '../../core/model/assemble-model';
import { modelFromConfig } from '../../core/model/config/model-from-config';
import type { GgufFile } from '../../core/model/gguf/gguf-file';
import { readGguf } from '../../core/model/gguf/read-gguf';
import type { Model } from '../../core/model/schema';

/** A config.json is a few KiB; one of more than this is something else. */
const LARGEST_CONFIG = 4 * 2 ** 20;

/**
 * The model in a file that only this page can see: the header of a GGUF file, or a Hugging Face config.json. Nothing is
 * sent anywhere. Throws GgufError, ConfigError or ExpectedError.
 */
export async function readModelFromFile(file: File): Promise<Model> {
  if (!file.name.toLowerCase().endsWith('.json')) return modelOfGguf(file, await readHeader(file));
  if (file.size > LARGEST_CONFIG) {
    throw new ExpectedError('too-large', `${file.name} is too large to be a config.json.`);
  }
  return modelFromConfig(parseConfig(await file.text(), file.name), {
    name: file.name.replace(/\.json$/i, ''),
    locator: file.name,
    quant: null,
  });
}

async function readHeader(file: File): Promise<GgufFile> {
  const reading = readGguf(file.size);
  let step = reading.next();
  while (!step.done) {
    const { offset, length } = step.value;
    const bytes = await file.slice(offset, offset + length).arrayBuffer();
    step = reading.next(new Uint8Array(bytes));
  }
  return step.value;
}

function modelOfGguf(file: File, header: GgufFile): Model {
  return assembleModel({
    name: nameOf(file, header),
    source: { kind: 'gguf', locator: file.name, tensors: 'read' },
    fileBytes: file.size,
    quant: null,
    metadata: header.metadata,
    tensors: header.tensors,
    findings: [...header.findings, ...partFindings(header)],
  });
}

function nameOf(file: File, { metadata }: GgufFile): string {
  const named = metadata['general.name'];
  return typeof named === 'string' && named !== '' ? named : file.name.replace(/\.gguf$/i, '');
}

/** A page sees one file of a split model; the others would need their path. */
function partFindings({ metadata }: GgufFile): readonly Finding[] {
  const parts = metadata['split.count'];
  if (typeof parts !== 'number' || parts < 2) return [];
  return [
    {
      severity: 'error',
      code: 'part-of-split-model',
      path: null,
      message: `This is one of ${parts} parts; the others were not read, so the model looks smaller than it is.`,
      remedy: 'Give the path of the first part instead, where all parts lie side by side.',
    },
  ];
}

function parseConfig(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExpectedError('not-json', `${name} is not JSON.`, 'Choose a config.json or a GGUF file.');
  }
}
