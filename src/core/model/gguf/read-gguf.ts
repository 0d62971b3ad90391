import { formatBytes } from '../../report/format';
import type { Finding } from '../../finding';
import { padTo } from '../../units';
import type { Metadata } from '../assemble-model';
import { GgufError } from './gguf-error';
import type { GgufFile, GgufTensor } from './gguf-file';
import { HeaderCursor, type Reading } from './header-cursor';
import { lookAlike } from './look-alike';
import { readMetadata } from './read-metadata';
import { readTensorTable } from './read-tensor-table';

/** Magic, version, tensor count, metadata count. */
const PREAMBLE = 4 + 4 + 8 + 8;
/** Enough of a file that is something else to say what. */
const HEAD = 256;
/** GGUF's default where `general.alignment` is absent. */
const DEFAULT_ALIGNMENT = 32;

/**
 * Reads the header of a GGUF file of `fileBytes` bytes: yields the ranges it wants and is sent their bytes, so that the
 * same code reads from disk, over HTTP or from a browser's File. Memory and time are bounded whatever the bytes say.
 * A file that ends before its tensors do is readable: the finding `file-incomplete` tells. Throws GgufError.
 */
export function* readGguf(fileBytes: number): Reading<GgufFile> {
  if (fileBytes === 0) throw new GgufError('empty', 0, 'The file is empty.');
  const cursor = new HeaderCursor(fileBytes);
  yield* cursor.need(Math.min(fileBytes, HEAD));
  const version = takeVersion(cursor);
  const tensorCount = cursor.takeU64();
  const pairCount = cursor.takeU64();
  const { metadata, skippedArrays } = yield* readMetadata(cursor, pairCount);
  const alignment = alignmentOf(metadata['general.alignment'], cursor.offset);
  const table = yield* readTensorTable(cursor, tensorCount);
  const dataOffset = padTo(cursor.offset, alignment);
  const tensors = placeTensors(table, dataOffset, alignment);
  const last = tensors.at(-1);
  const expectedBytes = last === undefined ? cursor.offset : last.offset + last.bytes;
  return {
    version,
    alignment,
    metadata,
    skippedArrays,
    tensors,
    dataOffset,
    expectedBytes,
    fileBytes,
    findings: fileBytes < expectedBytes ? [incomplete(fileBytes, expectedBytes)] : [],
  };
}

function takeVersion(cursor: HeaderCursor): number {
  const isGguf = [0x47, 0x47, 0x55, 0x46].every((byte, index) => cursor.bytes[index] === byte);
  if (!isGguf) throw notGguf(cursor.bytes.subarray(0, HEAD));
  if (cursor.fileBytes < 8) throw cursor.truncated();
  cursor.at = 4;
  const version = cursor.takeU32();
  if (version === 2 || version === 3) {
    if (cursor.fileBytes < PREAMBLE) throw cursor.truncated();
    return version;
  }
  if ((version & 0xffff) === 0) {
    throw new GgufError(
      'big-endian',
      4,
      'The file is a big-endian GGUF, for machines like IBM Z: get the little-endian one.',
    );
  }
  if (version < 2) {
    throw new GgufError(
      'old-version',
      4,
      `The file is GGUF version ${version}, which llama.cpp no longer reads: convert the model again.`,
    );
  }
  throw new GgufError('new-version', 4, `The file is GGUF version ${version}; versions 2 and 3 can be read.`);
}

function notGguf(head: Uint8Array): GgufError {
  const seen = lookAlike(head);
  return new GgufError(
    'not-gguf',
    0,
    `The file is not a GGUF model${seen === null ? '' : `: it looks like ${seen}`}.`,
  );
}

function alignmentOf(value: Metadata[string] | undefined, offset: number): number {
  if (value === undefined) return DEFAULT_ALIGNMENT;
  if (typeof value === 'number' && Number.isInteger(value) && Number.isInteger(Math.log2(value)))
    return value;
  throw new GgufError(
    'bad-alignment',
    offset,
    `general.alignment is ${JSON.stringify(value).slice(0, 40)}, not a power of two.`,
  );
}

/** Tensors follow one another, each padded to the alignment; llama.cpp refuses a file where one does not. */
function placeTensors(table: readonly GgufTensor[], dataOffset: number, alignment: number): GgufTensor[] {
  let expected = 0;
  return table.map((tensor) => {
    if (tensor.offset !== expected || !Number.isSafeInteger(dataOffset + expected + tensor.bytes)) {
      throw new GgufError(
        'bad-tensor-offset',
        dataOffset + expected,
        `The data of tensor "${tensor.name}" are said to begin at ${tensor.offset}, where ${expected} is due; llama.cpp refuses such a file.`,
      );
    }
    expected = padTo(expected + tensor.bytes, alignment);
    return { ...tensor, offset: dataOffset + tensor.offset };
  });
}

function incomplete(fileBytes: number, expectedBytes: number): Finding {
  const missing = expectedBytes - fileBytes;
  return {
    severity: 'error',
    code: 'file-incomplete',
    path: null,
    message: `The file lacks ${formatBytes(missing)} of ${formatBytes(expectedBytes)}: its download is not finished. The header is whole, so the model can be planned.`,
    remedy: 'Finish the download before running the model.',
    missing_bytes: missing,
  };
}
