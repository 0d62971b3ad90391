/** Why a text is not a profile that can be read. */
export type ProfileErrorCode =
  | 'too-large'
  | 'too-deep'
  | 'not-json'
  | 'forbidden-key'
  | 'not-a-profile'
  | 'unsupported-version'
  | 'invalid-field';

/** A text that is not a profile: one sentence of what and where, one of what to do. */
export class ProfileError extends Error {
  readonly code: ProfileErrorCode;
  readonly remedy: string;
  /** JSON pointer to the fault; null where it is about the whole. */
  readonly pointer: string | null;

  constructor(code: ProfileErrorCode, message: string, remedy: string, pointer: string | null = null) {
    super(message);
    this.name = 'ProfileError';
    this.code = code;
    this.remedy = remedy;
    this.pointer = pointer;
  }
}
