/** Why a file could not be read at all; what its bytes mean is not judged here. */
export type ReadFault =
  | 'not-found'
  | 'permission'
  | 'directory'
  | 'not-a-file'
  | 'missing-part'
  | 'too-large'
  | 'not-json'
  | 'failed';

/** A file that could not be read: why, and which. */
export class ReadError extends Error {
  readonly reason: ReadFault;
  readonly path: string;

  constructor(reason: ReadFault, path: string, sentence: string) {
    super(sentence);
    this.name = 'ReadError';
    this.reason = reason;
    this.path = path;
  }
}

/** The ReadError that an error of Node's file functions stands for; others come back as they are. */
export function readErrorOf(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ReadError('not-found', path, `There is no file ${path}.`);
    case 'EACCES':
    case 'EPERM':
      return new ReadError('permission', path, `The file ${path} may not be read by this user.`);
    case 'EISDIR':
      return new ReadError('directory', path, `${path} is a folder, not a file.`);
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EIO':
    case 'EBUSY':
    case 'EMFILE':
      return new ReadError('failed', path, `The file ${path} could not be read (${code}).`);
    default:
      return error;
  }
}
