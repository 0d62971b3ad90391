import { known, knownOr, missing, type Figure } from '../figure';
import type { GpuReading } from '../profile/readings';
import { isRecord, parseRecord, type Fields } from './json-fields';
import { mibOf, nameOf, otherGpu, wholeNumberOf } from './other-gpus';

/** What macOS says beside `system_profiler`; null for what it does not. */
export interface AppleFacts {
  /** Whether the processor is Apple's own, whose GPU shares the memory. */
  readonly appleSilicon: boolean;
  /** `sysctl -n iogpu.wired_limit_mb`: 0 where macOS decides. */
  readonly wiredLimit: string | null;
  /** What a program can take now, by `vm_stat`. */
  readonly availableBytes: number | null;
}

const METHOD = 'system_profiler SPDisplaysDataType';
const LIMIT_METHOD = 'sysctl iogpu.wired_limit_mb';
const NO_LIMIT =
  'not-measured: macOS lets the GPU take two thirds to three quarters of the memory unless iogpu.wired_limit_mb says how much, and it does not';
/** More displays and GPUs than a Mac has. */
const MOST_GPUS = 32;

/** The GPUs in `system_profiler SPDisplaysDataType -json`. */
export function gpusOfApple(text: string, facts: AppleFacts, at: string): readonly GpuReading[] {
  const list = parseRecord(text)?.['SPDisplaysDataType'];
  const gpus = Array.isArray(list) ? list.filter(isRecord).slice(0, MOST_GPUS) : [];
  return gpus.flatMap((gpu) => {
    const name = gpuName(gpu);
    if (name === null) return [];
    return [facts.appleSilicon ? unified(name, gpu, facts, at) : dedicated(name, gpu, at)];
  });
}

function unified(name: string, gpu: Fields, facts: AppleFacts, at: string): GpuReading {
  const limitMib = wholeNumberOf(facts.wiredLimit);
  const total: Figure<number> =
    limitMib === null || limitMib === 0
      ? missing(NO_LIMIT, LIMIT_METHOD)
      : known(limitMib, { method: LIMIT_METHOD, at });
  const cores = wholeNumberOf(typeof gpu['sppci_cores'] === 'string' ? gpu['sppci_cores'] : null);
  return otherGpu(
    {
      vendor: known('apple', { method: METHOD, at }),
      name: known(name, { method: METHOD, at, conditions: { cores } }),
      memory_kind: known('unified', { method: 'the processor is Apple’s own', at }),
      vram_total_mib: total,
      vram_free_mib: freeOf(total, facts.availableBytes, at),
      vram_source:
        total.value === null
          ? missing(NO_LIMIT, LIMIT_METHOD)
          : known(LIMIT_METHOD, { method: LIMIT_METHOD, at }),
      compute_capability: metalOf(gpu, at),
      ...withoutLink(),
    },
    METHOD,
  );
}

/** What is wired already is counted by neither, so this is what the GPU can take at most. */
function freeOf(total: Figure<number>, availableBytes: number | null, at: string): Figure<number> {
  const available = mibOf(availableBytes);
  if (total.value === null) return total;
  if (available === null) return missing('no-tool: vm_stat gave no answer', 'vm_stat');
  return known(Math.min(total.value, available), {
    method: 'min(iogpu.wired_limit_mb, available memory)',
    at,
  });
}

/** A Mac with an Intel processor; its integrated GPU has `spdisplays_vram_shared` and no memory of its own. */
function dedicated(name: string, gpu: Fields, at: string): GpuReading {
  const source = { method: METHOD, at };
  const vram = mibOfWords(gpu['spdisplays_vram']);
  const none = 'not-supported: system_profiler does not tell';
  return otherGpu(
    {
      vendor: knownOr(vendorOf(gpu), source, none),
      name: known(name, source),
      memory_kind: vram === null ? known('unified', source) : known('dedicated', source),
      vram_total_mib: knownOr(vram, source, none),
      vram_source: vram === null ? missing(none, METHOD) : known(METHOD, source),
      compute_capability: metalOf(gpu, at),
    },
    METHOD,
  );
}

/** The first M1 systems named it by a key of theirs. */
function gpuName(gpu: Fields): string | null {
  const name = nameOf(gpu['sppci_model']) ?? nameOf(gpu['_name']);
  return name === 'kHW_AppleM1Item' ? 'Apple M1' : name;
}

/** `metal3` of `spdisplays_metal3`; older systems say `spdisplays_mtlgpufamilyapple7`. */
function metalOf(gpu: Fields, at: string): Figure<string> {
  const words = gpu['spdisplays_mtlgpufamilysupport'] ?? gpu['spdisplays_metalfamily'];
  const family = /^spdisplays_(?:mtlgpufamily)?(\w{1,40})$/.exec(typeof words === 'string' ? words : '')?.[1];
  return knownOr(family ?? null, { method: METHOD, at }, 'not-supported: no Metal family');
}

function vendorOf(gpu: Fields): string | null {
  const words = gpu['spdisplays_vendor'];
  const found = /amd|intel|nvidia|apple/i.exec(typeof words === 'string' ? words : '')?.[0];
  return found?.toLowerCase() ?? null;
}

/** `16 GB`, `1536 MB` */
function mibOfWords(words: unknown): number | null {
  const match = /^(\d{1,6}) (MB|GB)$/.exec(typeof words === 'string' ? words : '');
  if (!match || Number(match[1]) === 0) return null;
  return Number(match[1]) * (match[2] === 'GB' ? 1024 : 1);
}

function withoutLink() {
  const none = missing('not-applicable: the GPU is on the processor’s own chip');
  return { pcie_gen: none, pcie_gen_max: none, pcie_width: none, pcie_width_max: none };
}
