import { expect } from 'vitest';
import { RemoteError } from '../../../src/host/remote/remote-error';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { number32, numbers32, strings, text } from '../../core/model/gguf/write-gguf';
import { smallGguf } from '../read/folder';
import { asking, serverThat, type Behaviour } from './model-server';

export const model = smallGguf();

/** More than one MiB, so that a second part is asked for, in the midst of a text. */
export const long = smallGguf({
  pairs: [
    text('general.architecture', 'llama'),
    strings(
      'tokenizer.ggml.tokens',
      Array.from({ length: 120_000 }, (_, index) => `token ${index}`),
    ),
    numbers32('llama.ones', [1, 1, 1]),
  ],
});

export async function faultOf(behaves: Behaviour, path = '/model.gguf', given = {}): Promise<RemoteError> {
  const { url } = await serverThat(behaves);
  const error = await readRemoteModel(`${url}${path}`, null, asking(given)).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

/** One of two parts of a split model. */
export function part(number: number, tensor: string): Uint8Array {
  return smallGguf({
    pairs: [
      ...(number === 0 ? [text('general.architecture', 'llama')] : []),
      number32('split.no', number),
      number32('split.count', 2),
      number32('split.tensors.count', 2),
    ],
    tensors: [{ name: tensor, dimensions: [32], type: 'q8_0', offset: 0 }],
    dataBytes: 34,
  });
}
