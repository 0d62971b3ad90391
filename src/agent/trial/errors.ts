import { isAbsolute } from 'node:path';
import { assertNever } from '../../core/assert-never';
import { ExpectedError } from '../../contract/errors';
import { ReceiptError } from '../../core/receipt/receipt-error';
import { RuntimeError } from '../../host/run/runtime-error';
import { toExpectedProfileError } from '../profile-errors';

const INSTALL =
  'Install llama.cpp (https://github.com/ggml-org/llama.cpp/releases, or `brew install llama.cpp`), or name its program with --runtime PATH. Without it, `plimsoll runtime install cpu` fetches a runtime through npm.';

/** Runs it, and turns what a runtime, a receipt or the store threw into what a user can act on. */
export async function expectingTrialErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RuntimeError) throw ofRuntime(error);
    if (error instanceof ReceiptError) throw new ExpectedError(error.code, error.message, error.remedy);
    throw toExpectedProfileError(error);
  }
}

/** There is no runtime at all, or none of the name or path that was asked for. */
export function noRuntime(wanted: string): ExpectedError {
  if (isAbsolute(wanted)) {
    const remedy = 'Check the path, or leave --runtime away to take what is installed.';
    return new ExpectedError('runtime-missing', `There is no program ${wanted}.`, remedy, { wanted });
  }
  const what =
    wanted === 'auto'
      ? 'Neither llama-server nor llama-bench was found on this machine, and no embedded runtime for this plan is installed.'
      : `There is no ${wanted} on this machine.`;
  return new ExpectedError('runtime-missing', what, INSTALL, { wanted });
}

function ofRuntime(error: RuntimeError): ExpectedError {
  const [message, remedy] = explain(error);
  return new ExpectedError(`runtime-${error.fault}`, message, remedy, {
    subject: error.subject,
    evidence: error.evidence,
  });
}

function explain({ fault, subject, evidence }: RuntimeError): [message: string, remedy: string] {
  const what = subject ?? 'it';
  const log = evidence === null ? '' : ` The last it said:\n${evidence}`;
  switch (fault) {
    case 'missing':
      return [`${what} cannot be started.`, INSTALL];
    case 'not-a-program':
      return [
        `${what} is there, and is no program that may be run.`,
        'Name the program itself, not its folder, and let it be run (`chmod +x FILE`).',
      ];
    case 'version-timeout':
      return [
        `${what} was asked for its version, and gave no answer in time.${log}`,
        'Run it with --version by hand to see what it waits for, or name another one with --runtime.',
      ];
    case 'crashed':
      return [
        `The runtime ended on its own (${what}).${log}`,
        'A runtime built for another processor, or too little memory, does this: run the plan’s command by hand to see.',
      ];
    case 'load-timeout':
      return [
        `The runtime had not loaded the model after ${what}.${log}`,
        'Try again when the disk is idle; a model that is read for the first time takes as long as its file.',
      ];
    case 'run-timeout':
      return [`The runtime gave no answer in time (${what}).${log}`, 'Try fewer tokens with --depth.'];
    case 'other-output':
      return [
        `The runtime answered with something that is no measurement (${what}).${log}`,
        'Update llama.cpp, or name another runtime with --runtime.',
      ];
    case 'unknown-flag':
      return [
        `This version of the runtime does not know ${what}, which the plan needs.`,
        'Update llama.cpp: plans are written for version 0.5.0 and later.',
      ];
    case 'port-in-use':
      return [
        'Every port that was tried was taken by another program in the same moment.',
        'Try again, or use --runtime llama-bench, which needs none.',
      ];
    case 'model-not-loaded':
      return [
        `The runtime could not load the model${subject === null ? '' : `: ${subject}`}.${subject === null ? log : ''}`,
        'Finish or repeat the download, or update llama.cpp where the model is newer than it.',
      ];
    case 'not-reachable':
      return [`Nothing answers at ${what}.${log}`, remedyOfUnreachable(evidence)];
    case 'no-key':
      return [
        `The server at ${what} asks for an API key, and none is set.`,
        'Set LLAMA_API_KEY in the environment to the key that the server was started with, and try again.',
      ];
    case 'other-key':
      return [
        `The server at ${what} does not accept the key in LLAMA_API_KEY.`,
        'Set LLAMA_API_KEY in the environment to the key that the server was started with, and try again.',
      ];
    case 'not-llama-server':
      return [
        `What answers at ${what}, which is not as a llama-server with its model loaded would.`,
        'Give the address at which llama-server listens, without a path such as /v1, and wait until it has loaded its model.',
      ];
    case 'other-model':
      return [
        `The server has another model than the plan: ${what}. A receipt would hold one against the other.`,
        'Name the model that the server has loaded, or start the server with the plan’s.',
      ];
    case 'not-expressible':
      return [
        `The plan cannot be run so: ${what}.`,
        'Use llama-server, which runs every plan that `plimsoll plan REF --json` writes.',
      ];
    default:
      return assertNever(fault);
  }
}

/** A certificate that this machine does not trust, or a server that is not there. */
function remedyOfUnreachable(evidence: string | null): string {
  return evidence !== null && /certificate/i.test(evidence)
    ? 'Name a file with the certificate of its authority in NODE_EXTRA_CA_CERTS, and try again.'
    : 'Check the address, whether it is http or https, and that llama-server runs there.';
}
