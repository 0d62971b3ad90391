/**
 * What is asked of every card. `name` is last: cells are not quoted and a name may hold a comma. Two pairs mean the
 * same, the newer first: 610 calls `driver_version` and `pcie.link.gen.current` deprecated, drivers before 530 know
 * only those.
 */
export const WANTED_FIELDS = [
  'index',
  'uuid',
  'pci.bus_id',
  'kmd_version',
  'driver_version',
  'compute_cap',
  'memory.total',
  'memory.reserved',
  'memory.free',
  'pcie.link.gen.gpucurrent',
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'mig.mode.current',
  'addressing_mode',
  'name',
] as const;
export type SmiField = (typeof WANTED_FIELDS)[number];

/** Lines of help that are looked at: the longest seen (driver 610) has about 750. */
const MAX_HELP_LINES = 5000;

/** The wanted fields that `--help-query-gpu` lists, under any of their names; all of them where it lists none. */
export function fieldsInHelp(help: string): readonly SmiField[] {
  const listed = new Set<string>();
  for (const line of help.split('\n', MAX_HELP_LINES)) {
    if (!line.startsWith('"')) continue;
    for (const [, name] of line.matchAll(/"([\w.]+)"(?= or "|\s*$)/g)) listed.add(name!);
  }
  const fields = WANTED_FIELDS.filter((field) => listed.has(field));
  return fields.includes('name') ? fields : WANTED_FIELDS;
}

/** Arguments that print one line a card: no header, no units, fields in the given order without spaces. */
export function queryArguments(fields: readonly SmiField[], card: number | null = null): readonly string[] {
  const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
  return card === null ? query : ['-i', String(card), ...query];
}
