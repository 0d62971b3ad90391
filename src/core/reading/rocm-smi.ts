import { known, knownOr, missing } from '../figure';
import type { GpuReading } from '../profile/readings';
import { normalBusId } from './nvidia-smi-rows';
import { memoryBytes, mibOf, nameOf, otherGpu, wholeNumberOf } from './other-gpus';
import { isRecord, parseJsonText, parseRecord, type Fields } from './json-fields';

/** What AMD's tools say of a card. */
export interface AmdToolCard {
  readonly address: string | null;
  readonly name: string | null;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  /** `gfx1100` */
  readonly gfx: string | null;
}

/** More cards than a machine holds. */
const MOST_CARDS = 256;
/** AMD SMI writes MB and divides by 1024 twice. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KB', 2 ** 10],
  ['MB', 2 ** 20],
  ['GB', 2 ** 30],
]);

/** The cards of `rocm-smi --showproductname --showbus --showmeminfo vram --json`: every value a string, keys by version. */
export function parseRocmSmi(text: string): readonly AmdToolCard[] {
  const report = parseRecord(text);
  const cards = Object.entries(report ?? {}).filter(
    ([key, card]) => /^card\d{1,3}$/.test(key) && isRecord(card),
  );
  return cards.slice(0, MOST_CARDS).map(([, value]) => {
    const card = new Map(Object.entries(value as Fields).map(([key, cell]) => [key.toLowerCase(), cell]));
    const cell = (name: string) => {
      const found = card.get(name);
      return typeof found === 'string' ? found : null;
    };
    return {
      address: normalBusId(cell('pci bus') ?? ''),
      name: nameOf(cell('card series')) ?? nameOf(cell('card model')),
      totalBytes: wholeNumberOf(cell('vram total memory (b)')),
      usedBytes: wholeNumberOf(cell('vram total used memory (b)')),
      gfx: gfxOf(cell('gfx version')),
    };
  });
}

/** The cards of `amd-smi static --json`, with what `amd-smi metric --json` says is used. `N/A` is no value. */
export function parseAmdSmi(staticText: string, metricText: string): readonly AmdToolCard[] {
  const used = new Map(cardsIn(metricText).map((card) => [card['gpu'], recordIn(card, 'mem_usage')]));
  return cardsIn(staticText).map((card) => {
    const [asic, bus, vram] = [recordIn(card, 'asic'), recordIn(card, 'bus'), recordIn(card, 'vram')];
    const usage = used.get(card['gpu']) ?? {};
    return {
      address: normalBusId(typeof bus['bdf'] === 'string' ? bus['bdf'] : ''),
      name: nameOf(asic['market_name']),
      totalBytes: bytesOf(vram['size']) ?? bytesOf(usage['total_vram']),
      usedBytes: bytesOf(usage['used_vram']),
      gfx: gfxOf(asic['target_graphics_version']),
    };
  });
}

/** A card as AMD's tool describes it. */
export function gpuOfAmdTool(card: AmdToolCard, method: string, at: string): GpuReading {
  const source = { method, at };
  const total = memoryBytes(card.totalBytes);
  const { usedBytes: used } = card;
  const free = total === null || used === null || used > total ? null : total - used;
  const none = `not-supported: ${method} does not tell`;
  return otherGpu(
    {
      vendor: known('amd', source),
      name: knownOr(card.name, source, none),
      pci_bus_id: knownOr(card.address, source, none),
      memory_kind: total === null ? missing(none, method) : known('dedicated', source),
      vram_total_mib: knownOr(mibOf(total), source, none),
      vram_free_mib: knownOr(mibOf(free), source, none),
      vram_source: total === null ? missing(none, method) : known(method, source),
      compute_capability: knownOr(card.gfx, source, none),
    },
    method,
  );
}

/** A list, or since ROCm 7 a record with the list under `gpu_data`. */
function cardsIn(text: string): readonly Fields[] {
  const report = parseJsonText(text);
  const list = isRecord(report) ? report['gpu_data'] : report;
  return Array.isArray(list) ? list.filter(isRecord).slice(0, MOST_CARDS) : [];
}

function recordIn(card: Fields, key: string): Fields {
  const value = card[key];
  return isRecord(value) ? value : {};
}

/** `{"value": 24560, "unit": "MB"}` */
function bytesOf(amount: unknown): number | null {
  if (!isRecord(amount)) return null;
  const { value, unit } = amount;
  const factor = typeof unit === 'string' ? UNITS.get(unit) : undefined;
  if (factor === undefined || typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null;
  const bytes = value * factor;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

function gfxOf(text: unknown): string | null {
  return typeof text === 'string' && /^gfx[\da-f]{3,5}$/.test(text) ? text : null;
}
