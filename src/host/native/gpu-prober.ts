import { writeSync } from 'node:fs';
import {
  formatMessage,
  requestSchema,
  type ProberMessage,
  type ProberRequest,
} from '../../core/reading/nvidia-protocol';
import { Cuda } from './cuda';
import { measureDevices } from './measure-devices';
import { loadKoffi, messageOf, type Koffi } from './native-library';
import { Nvml } from './nvml';
import { readCards, type KnownHandle } from './read-cards';

/** A process of its own that asks NVIDIA's libraries: a driver that hangs or crashes takes only this one with it. */

const STDOUT = 1;
const LINGER_MS = 3000;

main(requestSchema.parse(JSON.parse(process.argv.at(-1)!)));

function main(request: ProberRequest): void {
  const koffi = orAbsent('koffi', loadKoffi);
  if (koffi !== null) ask(koffi, request);
  say({ kind: 'done' });
  end();
}

/**
 * Not left to end by itself: exiting is what frees the contexts, and drivers keep threads. Electron stops reading the
 * output of a process that has exited, so there it waits to be ended by whoever heard that it is done.
 */
function end(): void {
  if (Reflect.has(process, 'parentPort')) setTimeout(() => process.exit(0), LINGER_MS);
  else process.exit(0);
}

function ask(koffi: Koffi, { measure, pin_bytes: pinBytes }: ProberRequest): void {
  const nvml = orAbsent('nvml', () => new Nvml(koffi));
  const handles: readonly KnownHandle[] = nvml === null ? [] : readCards(nvml, say);
  if (measure) {
    const cuda = orAbsent('cuda', () => new Cuda(koffi));
    if (cuda !== null) measureDevices({ cuda, nvml, handles, pinBytes, say });
  }
  nvml?.shutdown();
}

function orAbsent<T>(library: 'koffi' | 'nvml' | 'cuda', load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    say({ kind: 'absent', library, text: messageOf(error) });
    return null;
  }
}

/** At once and whole, so that nothing said is lost when the next call does not come back. */
function say(message: ProberMessage): void {
  let rest = Buffer.from(formatMessage(message));
  while (rest.length > 0) rest = rest.subarray(write(rest));
}

/** Bytes written; none where the pipe is full and does not block. */
function write(bytes: Buffer): number {
  try {
    return writeSync(STDOUT, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
