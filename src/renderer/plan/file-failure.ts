import { toFailure, type Failure } from '../../contract/errors';
import { ConfigError } from '../../core/model/config/config-error';
import { GgufError } from '../../core/model/gguf/gguf-error';

/** What to tell of a file that could not be read in the page. */
export function fileFailure(error: unknown, name: string): Failure {
  if (error instanceof GgufError) {
    return {
      code: error.reason,
      message: `${name}: ${error.message}`,
      remedy: 'Choose another file, or download this one again.',
      details: { offset: error.offset },
    };
  }
  if (error instanceof ConfigError) {
    return {
      code: 'config',
      message: `${name}: ${error.message}`,
      remedy: error.remedy,
      details: { field: error.field },
    };
  }
  return toFailure(error);
}
