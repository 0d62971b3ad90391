import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../../core/units';
import { makeFolder } from '../store/make-folder';

/** Bytes of a file from `offset` on. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What was read of a file on the network, and what it was known by then. */
export interface KeptFile {
  readonly bytes: number;
  readonly validator: string;
  readonly pieces: readonly Piece[];
}

/** All headers together; the oldest give way. */
const MOST_BYTES = 256 * MIB;
/** The largest known headers take 16 MB. */
const LARGEST_ENTRY = 64 * MIB;
/** The line before the bytes: a validator of 512 characters and a few dozen pieces. */
const LONGEST_LINE = 64 * 1024;
const suffix = '.header';
const leftover = /\.writing$/;
/** No save takes as long. */
const LEFTOVER_MS = 3_600_000;

/** What is kept of the file at `url`; null where nothing is, or where what is there is not as it was written. */
export async function loadKept(folder: string, url: string): Promise<KeptFile | null> {
  const path = pathOf(folder, url);
  try {
    if ((await stat(path)).size > LARGEST_ENTRY + LONGEST_LINE) return null;
    const kept = parse(await readFile(path));
    if (kept !== null) await touch(path);
    return kept;
  } catch {
    return null;
  }
}

/** Keeps what was read of the file at `url`, whole or not at all. A cache that cannot be written costs only time, so nothing is thrown. */
export async function keepFile(folder: string, url: string, file: KeptFile): Promise<void> {
  const text = format(file);
  if (text.length > LARGEST_ENTRY) return;
  const path = pathOf(folder, url);
  const temporary = `${path}.${process.pid}-${Date.now()}.writing`;
  try {
    await makeFolder(folder);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await makeRoom(folder);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Addresses may hold secrets: only their hash is written. */
function pathOf(folder: string, url: string): string {
  return join(folder, `${createHash('sha256').update(url).digest('hex')}${suffix}`);
}

function format({ bytes, validator, pieces }: KeptFile): Buffer {
  const payload = Buffer.concat(pieces.map((piece) => piece.bytes));
  const line = {
    format: 1,
    bytes,
    validator,
    pieces: pieces.map((piece) => [piece.offset, piece.bytes.length]),
    sha256: createHash('sha256').update(payload).digest('hex'),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), payload]);
}

function parse(content: Buffer): KeptFile | null {
  const end = content.subarray(0, LONGEST_LINE).indexOf(0x0a);
  if (end === -1) return null;
  const line = JSON.parse(content.toString('utf8', 0, end)) as Record<string, unknown>;
  const payload = content.subarray(end + 1);
  const { format: version, bytes, validator, pieces, sha256 } = line;
  if (version !== 1 || !isCount(bytes) || typeof validator !== 'string' || !Array.isArray(pieces))
    return null;
  if (createHash('sha256').update(payload).digest('hex') !== sha256) return null;
  const cut = cutPieces(payload, pieces as unknown[]);
  return cut === null ? null : { bytes, validator, pieces: cut };
}

function cutPieces(payload: Buffer, spans: readonly unknown[]): Piece[] | null {
  let at = 0;
  const pieces: Piece[] = [];
  for (const span of spans) {
    if (!Array.isArray(span) || !isCount(span[0]) || !isCount(span[1])) return null;
    pieces.push({ offset: span[0], bytes: payload.subarray(at, at + span[1]) });
    at += span[1];
  }
  return at === payload.length ? pieces : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Marks an entry as just used. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function makeRoom(folder: string): Promise<void> {
  const entries = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info === null) continue;
    if (name.endsWith(suffix)) entries.push({ path, bytes: info.size, used: info.mtimeMs });
    else if (leftover.test(name) && Date.now() - info.mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
  }
  entries.sort((left, right) => right.used - left.used);
  let total = 0;
  for (const { path, bytes } of entries) {
    total += bytes;
    if (total > MOST_BYTES) await rm(path, { force: true });
  }
}
