import { assertNever } from '../core/assert-never';
import { ConfigError } from '../core/model/config/config-error';
import { GgufError, type GgufFault } from '../core/model/gguf/gguf-error';
import { resolveQuant } from '../core/model/quantise/quants';
import { SafetensorsError, type SafetensorsFault } from '../core/model/safetensors/safetensors-error';
import { ExpectedError } from '../contract/errors';
import { ReadError, type ReadFault } from '../host/read/read-error';
import { RemoteError } from '../host/remote/remote-error';
import { isBareName, splitQuant } from './model-reference';
import { ANOTHER } from './reference-errors';

/** The error to show for one that reading threw; what a user cannot act on comes back as it is. */
export function toExpected(error: unknown, reference: string): unknown {
  if (error instanceof GgufError) return ofGguf(error, reference);
  if (error instanceof SafetensorsError) return ofSafetensors(error, reference);
  if (error instanceof ReadError) return ofRead(error);
  if (error instanceof RemoteError) return ofRemote(error);
  if (error instanceof ConfigError) {
    const details = { reference, field: error.field };
    const { quant } = splitQuant(reference);
    const isQuant = quant !== null && resolveQuant(quant).kind === 'unknown';
    const message = isBareName(splitQuant(reference).base) ? error.message : `${reference}: ${error.message}`;
    return new ExpectedError(isQuant ? 'unknown-quant' : 'not-a-model', message, error.remedy, details);
  }
  return error;
}

function ofGguf(error: GgufError, reference: string): ExpectedError {
  const details = { reference, offset: error.offset, reason: error.reason };
  const [code, remedy] = answerTo(error.reason);
  return new ExpectedError(code, `${reference}: ${error.message}`, remedy, details);
}

function answerTo(reason: GgufFault): [code: string, remedy: string] {
  switch (reason) {
    case 'empty':
    case 'not-gguf':
      return ['not-a-model', ANOTHER];
    case 'truncated':
      return ['truncated', 'Finish the download or get the file again.'];
    case 'old-version':
    case 'new-version':
    case 'big-endian':
    case 'unknown-tensor-type':
      return ['unsupported-version', 'Get the model as a current little-endian GGUF, or update Plimsoll.'];
    case 'parts-differ':
      return ['damaged-model', 'Get all parts of one and the same model.'];
    case 'too-large':
    case 'bad-count':
    case 'bad-length':
    case 'bad-name':
    case 'bad-value':
    case 'nested-array':
    case 'duplicate-key':
    case 'duplicate-tensor':
    case 'bad-alignment':
    case 'bad-dimensions':
    case 'bad-tensor-width':
    case 'bad-tensor-offset':
      return ['damaged-model', 'Get the file again; llama.cpp would refuse it too.'];
    default:
      return assertNever(reason);
  }
}

function ofSafetensors(error: SafetensorsError, reference: string): ExpectedError {
  const details = { reference, offset: error.offset, reason: error.reason };
  const [code, remedy] = answerToSafetensors(error.reason);
  return new ExpectedError(code, `${reference}: ${error.message}`, remedy, details);
}

function answerToSafetensors(reason: SafetensorsFault): [code: string, remedy: string] {
  switch (reason) {
    case 'empty':
    case 'not-safetensors':
    case 'bad-index':
      return ['not-a-model', ANOTHER];
    case 'truncated':
      return ['truncated', 'Finish the download or get the file again.'];
    case 'bad-dtype':
      return ['unsupported-version', 'Update Plimsoll, or give a GGUF file of the model.'];
    case 'parts-differ':
      return ['damaged-model', 'Get all files of one and the same model.'];
    case 'too-large':
    case 'too-many':
    case 'bad-json':
    case 'bad-name':
    case 'bad-number':
    case 'bad-shape':
    case 'bad-offset':
    case 'duplicate-tensor':
    case 'index-outside':
      return ['damaged-model', 'Get the file again from where it was published.'];
    default:
      return assertNever(reason);
  }
}

function ofRead(error: ReadError): ExpectedError {
  const [code, remedy] = remedyFor(error.reason);
  return new ExpectedError(code, error.message, remedy, { path: error.path });
}

function remedyFor(reason: ReadFault): [code: string, remedy: string] {
  switch (reason) {
    case 'not-found':
      return ['not-found', 'Check the path.'];
    case 'permission':
      return ['permission', 'Allow this user to read the file, or run Plimsoll as one who may.'];
    case 'directory':
    case 'not-a-file':
    case 'not-json':
    case 'too-large':
      return ['not-a-model', ANOTHER];
    case 'missing-part':
      return [
        'missing-part',
        'Put all parts of the model into one folder, under the names they were published with.',
      ];
    case 'failed':
      return ['unreadable', 'Check the disk and try again.'];
    default:
      return assertNever(reason);
  }
}

function ofRemote(error: RemoteError): ExpectedError {
  const [code, remedy] = remoteRemedy(error);
  return new ExpectedError(code, `${error.address}: ${error.message}`, remedy, {
    address: error.address,
    reason: error.reason,
    status: error.status,
  });
}

const LICENCE =
  'Accept its licence on its page, then set HF_TOKEN to a token of that account (or log in with `hf auth login`).';

function remoteRemedy({ reason }: RemoteError): [code: string, remedy: string] {
  switch (reason) {
    case 'not-found':
      return ['not-found', 'Check the name of the repository and of the file.'];
    case 'unauthorised':
      return ['unauthorised', `Check the name. If the model is gated: ${lowerFirst(LICENCE)}`];
    case 'forbidden':
      return ['forbidden', LICENCE];
    case 'rate-limited':
      return ['rate-limited', 'Wait some minutes, or set HF_TOKEN: with a token more is allowed.'];
    case 'bad-address':
      return ['invalid-reference', 'Give an http or https address, or hf:ORG/REPO.'];
    case 'unreachable':
    case 'dropped':
    case 'too-slow':
    case 'server-failed':
      return ['unreachable', 'Check the connection and try again.'];
    case 'no-size':
      return ['no-ranges', 'Download the model and give the path of the file.'];
    case 'refused':
    case 'bad-redirect':
    case 'wrong-bytes':
    case 'too-many-bytes':
    case 'too-large':
    case 'not-json':
      return ['bad-server', 'Check the address; else download the model and give the path of the file.'];
    case 'changed':
      return ['changed', 'Try again.'];
    default:
      return assertNever(reason);
  }
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
