import { cpuSchema, diskSchema, gpuSchema, memorySchema, platformSchema, type Profile } from './schema';

export interface PlacedRecord {
  /** JSON pointer in its own profile. */
  readonly pointer: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The same piece of hardware in two profiles, or one that only one of them has. */
export type RecordPair =
  | {
      readonly kind: 'both';
      readonly fields: readonly string[];
      readonly before: PlacedRecord;
      readonly after: PlacedRecord;
    }
  | {
      readonly kind: 'appeared' | 'vanished';
      readonly record: PlacedRecord;
      /** What it is called, for people. */
      readonly name: string;
      /** Why the other side does not have it, `code: explanation`. */
      readonly whyNot: string;
    };

/** Keys of records, and no figures. */
const PLAIN: ReadonlySet<string> = new Set(['index', 'directory', 'refused']);

/** Every piece of hardware of either profile: cards by UUID, else address, else place in the list; disks by folder. */
export function pairRecords(before: Profile, after: Profile): readonly RecordPair[] {
  const single = (name: 'platform' | 'cpu' | 'memory', shape: object): RecordPair => {
    const placed = (profile: Profile) => ({ pointer: `/hardware/${name}`, values: profile.hardware[name] });
    return { kind: 'both', fields: fieldsOf(shape), before: placed(before), after: placed(after) };
  };
  return [
    single('platform', platformSchema.shape),
    single('cpu', cpuSchema.shape),
    single('memory', memorySchema.shape),
    ...pairLists([before.hardware.gpus ?? [], after.hardware.gpus ?? []], {
      section: 'gpus',
      fields: fieldsOf(gpuSchema.shape),
      keysOf: ({ uuid, pci_bus_id: address, index }) => [uuid, address, String(index)],
      nameOf: ({ name, index }) => name ?? `GPU ${index}`,
      whyNot: [whyNoGpus(before), whyNoGpus(after)],
    }),
    ...pairLists([before.hardware.disks, after.hardware.disks], {
      section: 'disks',
      fields: fieldsOf(diskSchema.shape),
      keysOf: ({ directory }) => [directory],
      nameOf: ({ directory }) => directory,
      whyNot: [NO_DISK, NO_DISK],
    }),
  ];
}

const NO_DISK = 'not-measured: its disk was not measured';

function whyNoGpus({ hardware, provenance }: Profile): string {
  if (hardware.gpus !== null) return 'not-found: it was not there';
  return provenance['/hardware/gpus']?.reason ?? 'unknown: the GPUs could not be looked at';
}

interface Pairing<Entry> {
  readonly section: 'gpus' | 'disks';
  readonly fields: readonly string[];
  /** Names of an entry, the surest first; null where it has none. */
  readonly keysOf: (entry: Entry) => readonly (string | null)[];
  readonly nameOf: (entry: Entry) => string;
  /** For the earlier and the later profile. */
  readonly whyNot: readonly [string, string];
}

function pairLists<Entry extends Readonly<Record<string, unknown>>>(
  [before, after]: readonly [readonly Entry[], readonly Entry[]],
  { section, fields, keysOf, nameOf, whyNot }: Pairing<Entry>,
): readonly RecordPair[] {
  const place = (values: Entry, position: number) => ({
    pointer: `/hardware/${section}/${position}`,
    values,
  });
  const left = new Map(before.entries());
  const pairs = after.map((entry, position): RecordPair => {
    const partner = [...left.keys()].find((candidate) => alike(keysOf(before[candidate]!), keysOf(entry)));
    const record = place(entry, position);
    if (partner === undefined) return { kind: 'appeared', record, name: nameOf(entry), whyNot: whyNot[0] };
    left.delete(partner);
    return { kind: 'both', fields, before: place(before[partner]!, partner), after: record };
  });
  const gone = [...left].map(([position, entry]): RecordPair => {
    const record = place(entry, position);
    return { kind: 'vanished', record, name: nameOf(entry), whyNot: whyNot[1] };
  });
  return [...pairs, ...gone];
}

/** By the first kind of name that both have. */
function alike(names: readonly (string | null)[], others: readonly (string | null)[]): boolean {
  const kind = names.findIndex((name, position) => name !== null && others[position] != null);
  return kind !== -1 && names[kind] === others[kind];
}

function fieldsOf(shape: object): readonly string[] {
  return Object.keys(shape).filter((field) => !PLAIN.has(field));
}
