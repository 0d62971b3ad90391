import { known, missing, type Figure, type Source } from '../figure';
import type { MemoryReading } from '../profile/readings';
import { toGib } from '../units';
import type { NvidiaAnswers } from './nvidia-answers';
import { reasonOf } from './nvidia-codes';
import { whyNoCuda } from './nvidia-cuda';
import { valueOf } from './nvidia-protocol';

type Pinnable = Pick<MemoryReading, 'pinnable_ceiling_gib' | 'pinnable_method' | 'pinnable_capped'>;

/** How much host memory CUDA can pin: the most there is where the driver refused, otherwise at least so much. */
export function pinnableFigures(answers: NvidiaAnswers, at: string): Pinnable {
  const { pinned } = answers;
  if (pinned === null) {
    const none = missing(whyNotPinned(answers));
    return { pinnable_ceiling_gib: none, pinnable_method: none, pinnable_capped: none };
  }
  const method = 'cuMemHostAlloc';
  const refusal = pinned.failure === null ? null : reasonOf(pinned.failure);
  const source: Source = {
    method,
    at,
    conditions: { block_mib: 256, stopped_by: pinned.stop, refusal },
  };
  const refused = pinned.stop === 'refused';
  const nothing = `${refused ? 'refused' : 'too-little-memory'}: not even one block of 256 MiB was to be pinned${
    refusal === null ? '' : ` (${refusal})`
  }`;
  return {
    pinnable_ceiling_gib:
      pinned.bytes === 0 && !refused ? missing(nothing, method) : known(toGib(pinned.bytes), source),
    pinnable_method: known(method, source),
    pinnable_capped: known(!refused, source),
  };
}

function whyNotPinned(answers: NvidiaAnswers): string {
  if (answers.devices.length === 0) {
    const count = answers.cuda?.count;
    const none = count !== undefined && 'value' in count;
    return none && answers.broken === null ? 'no-device: CUDA shows no device' : whyNoCuda(answers);
  }
  const refused = answers.devices.find(({ overhead: answer }) => answer !== null && !('value' in answer));
  if (answers.broken !== null) return answers.broken;
  return refused === undefined
    ? 'not-measured: there was no CUDA context'
    : 'not-measured: no CUDA context could be made';
}

/** Whether CUDA's managed memory may exceed the cards: what the system ruled out stays so, otherwise every device must be able to. */
export function oversubscription(
  bySystem: Figure<boolean>,
  { devices }: NvidiaAnswers,
  at: string,
): Figure<boolean> {
  if (bySystem.value !== null || devices.length === 0) return bySystem;
  const able: boolean[] = [];
  for (const { device } of devices) {
    const [managed, concurrent] = [valueOf(device.managed), valueOf(device.concurrent_managed)];
    if (managed === null || concurrent === null) return bySystem;
    able.push(managed && concurrent);
  }
  return known(able.every(Boolean), {
    method: 'CUDA attributes MANAGED_MEMORY and CONCURRENT_MANAGED_ACCESS',
    at,
    conditions: { devices: devices.length, able: able.filter(Boolean).length },
  });
}
