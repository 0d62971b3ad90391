import { formatBytes } from '../../report/format';
import type { Finding } from '../../finding';
import { MIB } from '../../units';
import { lookAlike } from '../gguf/look-alike';
import type { Reading } from '../gguf/header-cursor';
import { parseHeader } from './parse-header';
import { SafetensorsError } from './safetensors-error';
import type { SafetensorsFile } from './safetensors-file';

/** Enough for most headers at once. */
const FIRST_CHUNK = MIB;
/** The format's own limit (safetensors 0.6 `src/tensor.rs: MAX_HEADER_SIZE`); real headers have fewer than 10 MB. */
const LARGEST_HEADER = 100_000_000;
/** The length of the header. */
const PREAMBLE = 8;
const BRACE = 0x7b;

/**
 * Reads the header of a safetensors file of `fileBytes` bytes: yields the ranges it wants and is sent their bytes. It takes at most the
 * format's 100 MB and the list of tensors in them. A file that ends before its data do is readable: the finding `file-incomplete`
 * tells. Throws SafetensorsError.
 */
export function* readSafetensors(fileBytes: number): Reading<SafetensorsFile> {
  if (fileBytes === 0) throw new SafetensorsError('empty', 0, 'The file is empty.');
  const head = yield { offset: 0, length: Math.min(fileBytes, FIRST_CHUNK) };
  const length = lengthOf(head, fileBytes);
  const end = PREAMBLE + length;
  const bytes = head.length >= end ? head.subarray(PREAMBLE, end) : yield { offset: PREAMBLE, length };
  if (bytes.length < length) throw truncated(fileBytes);
  const tensors = parseHeader(bytes.subarray(0, length), PREAMBLE);
  const expected = end + (tensors.at(-1)?.end ?? 0);
  return { tensors, fileBytes, findings: lengthFindings(fileBytes, expected) };
}

function lengthOf(head: Uint8Array, fileBytes: number): number {
  if (head.length < PREAMBLE + 2)
    throw fileBytes < PREAMBLE + 2 ? truncated(fileBytes) : notSafetensors(head);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (head[PREAMBLE] !== BRACE) throw notSafetensors(head);
  if (length > LARGEST_HEADER) {
    throw new SafetensorsError(
      'too-large',
      0,
      `The header claims ${length} bytes; the format allows ${LARGEST_HEADER}.`,
    );
  }
  if (length < 2 || PREAMBLE + length > fileBytes) throw truncated(fileBytes);
  return length;
}

function notSafetensors(head: Uint8Array): SafetensorsError {
  const isGguf = [0x47, 0x47, 0x55, 0x46].every((byte, index) => head[index] === byte);
  const seen = isGguf ? 'a GGUF file' : lookAlike(head.subarray(0, 256));
  const like = seen === null || seen === 'a safetensors file' ? '' : `: it looks like ${seen}`;
  return new SafetensorsError('not-safetensors', 0, `The file is not a safetensors file${like}.`);
}

function truncated(fileBytes: number): SafetensorsError {
  return new SafetensorsError(
    'truncated',
    fileBytes,
    `The file ends inside its header, after ${fileBytes} bytes: it is cut off or its download is not finished.`,
  );
}

function lengthFindings(fileBytes: number, expected: number): readonly Finding[] {
  if (fileBytes === expected) return [];
  const difference = Math.abs(expected - fileBytes);
  return [
    fileBytes < expected
      ? {
          severity: 'error',
          code: 'file-incomplete',
          path: null,
          message: `The file lacks ${formatBytes(difference)} of ${formatBytes(expected)}: its download is not finished. The header is whole, so the model can be planned.`,
          remedy: 'Finish the download before converting the model.',
        }
      : {
          severity: 'warning',
          code: 'file-too-long',
          path: null,
          message: `The file holds ${difference} bytes more than its tensors take; other programs may refuse it.`,
          remedy: 'Get the file again.',
        },
  ];
}
