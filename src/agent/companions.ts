import { ExpectedError } from '../contract/errors';
import { imageEncoderOf, projectorOutput } from '../core/model/projector';
import type { Companions, Projector } from '../core/plan/companions';
import { expandHome } from '../host/read/look-at-path';
import { readModelFile } from '../host/read/model-file';
import { toExpected } from './model-errors';
import { nameOfFile } from './model-reference';
import { readModel } from './read-model';

/** What is loaded beside a model, by the files' headers. Throws ExpectedError that names the file, or AbortError. */
export async function readCompanions(
  paths: { readonly mmproj: string | null; readonly draft: string | null },
  signal: AbortSignal,
  dataDirectory: string,
): Promise<Companions> {
  return {
    projector: paths.mmproj === null ? null : await readProjector(paths.mmproj, signal),
    draft: paths.draft === null ? null : await readModel(paths.draft, signal, dataDirectory),
  };
}

async function readProjector(reference: string, signal: AbortSignal): Promise<Projector> {
  try {
    const { header, path } = await readModelFile(expandHome(reference), signal);
    if (header.metadata['general.architecture'] !== 'clip') {
      throw new ExpectedError(
        'not-a-projector',
        `${path} is no image projector.`,
        'Give the mmproj file that belongs to the model.',
        { path },
      );
    }
    const tensors = header.tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      name: nameOfFile(path),
      path,
      file_bytes: header.fileBytes,
      tensor_bytes: tensors,
      encoder: imageEncoderOf(
        header.metadata,
        header.tensors.map(({ name }) => name),
      ),
      output_length: projectorOutput(header.metadata, header.tensors),
    };
  } catch (error) {
    throw toExpected(error, reference);
  }
}
