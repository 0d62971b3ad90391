export type StoreErrorCode =
  | 'read-only'
  | 'no-permission'
  | 'full'
  | 'not-a-folder'
  | 'not-a-file'
  | 'not-found'
  | 'too-large'
  | 'locked'
  | 'failed';

/** A file that could not be kept or read: one sentence of what, one of what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly path: string;
  readonly remedy: string;
  /** Process that holds the lock, where that is the trouble and it is known. */
  readonly pid: number | null;

  constructor(
    code: StoreErrorCode,
    path: string,
    message: string,
    remedy: string,
    pid: number | null = null,
  ) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.path = path;
    this.remedy = remedy;
    this.pid = pid;
  }
}

const ELSEWHERE =
  'Choose another place with --out, or set PLIMSOLL_DATA_DIR to a folder that can be written.';

interface Explanation {
  readonly code: StoreErrorCode;
  readonly why: string;
  readonly remedy: string;
}

const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map([
  ['EROFS', { code: 'read-only', why: 'the file system is read-only', remedy: ELSEWHERE }],
  ['EACCES', { code: 'no-permission', why: 'this user may not', remedy: ELSEWHERE }],
  ['EPERM', { code: 'no-permission', why: 'the system does not permit it', remedy: ELSEWHERE }],
  ['ENOSPC', { code: 'full', why: 'the disk is full', remedy: 'Free some space there and try again.' }],
  ['EDQUOT', { code: 'full', why: 'the quota is used up', remedy: 'Free some space there and try again.' }],
  ['ENOTDIR', { code: 'not-a-folder', why: 'a part of the path is a file, not a folder', remedy: ELSEWHERE }],
  ['EEXIST', { code: 'not-a-folder', why: 'a part of the path is a file, not a folder', remedy: ELSEWHERE }],
  ['EISDIR', { code: 'not-a-file', why: 'it is a folder', remedy: 'Give the path of a file.' }],
  ['ENOENT', { code: 'not-found', why: 'there is no such file or folder', remedy: 'Check the path.' }],
]);

/** The StoreError that a system error stands for; `doing` is what failed, e.g. `save` or `read`. */
export function storeErrorOf(error: unknown, doing: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const system = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const detail = error instanceof Error ? error.message : String(error);
  const { code, why, remedy } = EXPLANATIONS.get(system) ?? {
    code: 'failed',
    why: detail,
    remedy: ELSEWHERE,
  };
  return new StoreError(code, path, `Could not ${doing} ${path}: ${why}.`, remedy);
}
