import type { CallFailure, NvmlCard, ProberMessage } from '../../core/reading/nvidia-protocol';
import { valueOf } from '../../core/reading/nvidia-protocol';
import type { Nvml, NvmlHandle } from './nvml';

/** More cards than any machine has, should a driver count wrongly. */
const MAX_CARDS = 64;
const MAX_SLICES = 64;

/** A card, or a slice of one, that NVML can be asked about later. */
export interface KnownHandle {
  readonly handle: NvmlHandle;
  /** The whole card, which has the link. */
  readonly card: NvmlHandle;
  readonly uuid: string | null;
  readonly busId: string | null;
}

type Slice = NvmlCard['slices'][number];
type Say = (message: ProberMessage) => void;

/** Says what NVML knows of every card, and answers their handles: slices of MIG after the card they are of. */
export function readCards(nvml: Nvml, say: Say): readonly KnownHandle[] {
  say({ kind: 'step', name: 'nvmlInit' });
  const failure = nvml.init();
  const count = failure ?? nvml.count();
  say({
    kind: 'nvml',
    count,
    driver_version: failure ?? nvml.driverVersion(),
    cuda_version: failure ?? nvml.cudaVersion(),
  });
  const handles: KnownHandle[] = [];
  for (let position = 0; position < Math.min(valueOf(count) ?? 0, MAX_CARDS); position += 1) {
    say({ kind: 'step', name: `NVML, card ${position}` });
    const handle = nvml.handleOf(position);
    if ('value' in handle) handles.push(...readCard(nvml, handle.value, position, say));
    else say({ kind: 'card-lost', position, failure: handle satisfies CallFailure });
  }
  return handles;
}

function readCard(nvml: Nvml, handle: NvmlHandle, position: number, say: Say): readonly KnownHandle[] {
  const mig = nvml.mig(handle);
  const slices = valueOf(mig) === true ? slicesOf(nvml, handle) : [];
  const card: NvmlCard = {
    kind: 'card',
    position,
    name: nvml.name(handle),
    uuid: nvml.uuid(handle),
    bus_id: nvml.busId(handle),
    memory: nvml.memory(handle),
    compute_capability: nvml.computeCapability(handle),
    pcie_gen: nvml.pcieGeneration(handle),
    pcie_gen_max: nvml.maxPcieGeneration(handle),
    pcie_width: nvml.pcieWidth(handle),
    pcie_width_max: nvml.maxPcieWidth(handle),
    mig,
    slices: slices.map((slice) => slice.told),
    addressing: nvml.addressing(handle),
  };
  say(card);
  const busId = valueOf(card.bus_id);
  const own = { handle, card: handle, uuid: valueOf(card.uuid), busId };
  return [
    own,
    ...slices.map((slice) => ({ handle: slice.handle, card: handle, uuid: valueOf(slice.told.uuid), busId })),
  ];
}

function slicesOf(
  nvml: Nvml,
  card: NvmlHandle,
): readonly { readonly handle: NvmlHandle; readonly told: Slice }[] {
  const places = Math.min(valueOf(nvml.maxSlices(card)) ?? 0, MAX_SLICES);
  const slices: { readonly handle: NvmlHandle; readonly told: Slice }[] = [];
  for (let place = 0; place < places; place += 1) {
    const handle = valueOf(nvml.sliceOf(card, place));
    // An empty place answers that nothing was found there.
    if (handle === null) continue;
    slices.push({
      handle,
      told: { name: nvml.name(handle), uuid: nvml.uuid(handle), memory: nvml.memory(handle) },
    });
  }
  return slices;
}
