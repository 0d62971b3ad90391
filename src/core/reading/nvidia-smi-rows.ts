import type { SmiField } from './nvidia-smi-query';

/** One cell: its text, or why it holds no value, as `code: what nvidia-smi printed`. */
export type SmiCell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string };

/** One card as nvidia-smi described it. Fields that were not asked for are missing. */
export type SmiRow = ReadonlyMap<SmiField, SmiCell>;

/** More cards than any machine has. */
const MAX_ROWS = 128;
const MAX_CELL_LENGTH = 256;

/** What nvidia-smi prints, without brackets, where a field has no value, and what it means. */
const SENTINELS: ReadonlyMap<string, string> = new Map([
  ['n/a', 'not-supported'],
  ['not supported', 'not-supported'],
  ['not available', 'not-supported'],
  ['requested functionality has been deprecated', 'not-supported'],
  ['function not found', 'not-supported'],
  ['insufficient permissions', 'permission'],
  ['timeout', 'timeout'],
  ['unknown error', 'error'],
  ['err!', 'error'],
  ['no data', 'error'],
  ['not found', 'error'],
  ['gpu is lost', 'gpu-lost'],
  ['gpu requires reset', 'gpu-lost'],
  ['', 'not-supported'],
]);

/**
 * The cards in what `--query-gpu=<fields> --format=csv,noheader,nounits` printed. A line that is not a card (an error
 * printed with status 0, a warning) goes to `strange`.
 */
export function parseRows(
  text: string,
  fields: readonly SmiField[],
): { readonly rows: readonly SmiRow[]; readonly strange: readonly string[] } {
  const rows: SmiRow[] = [];
  const strange: string[] = [];
  for (const line of text.split(/\r?\n/, MAX_ROWS)) {
    if (line.trim() === '') continue;
    const row = parseRow(line, fields);
    if (row === null) strange.push(line.trim().slice(0, MAX_CELL_LENGTH));
    else rows.push(row);
  }
  return { rows, strange };
}

function parseRow(line: string, fields: readonly SmiField[]): SmiRow | null {
  const parts = line.split(', ');
  if (parts.length < fields.length) return null;
  const fixed = parts.slice(0, fields.length - 1);
  const texts = [...fixed, parts.slice(fields.length - 1).join(', ')];
  const row = new Map(fields.map((field, position) => [field, parseCell(texts[position]!)] as const));
  return looksLikeCard(row) ? row : null;
}

/** A card names itself by its place on the bus or its UUID; a lost one says an error in their place. */
function looksLikeCard(row: SmiRow): boolean {
  const { address, uuid } = identityOf(row);
  if (address !== null || uuid !== null) return true;
  const identity = [row.get('pci.bus_id'), row.get('uuid')];
  return identity.some((cell) => cell?.kind === 'none' && cell.reason !== 'not-supported: ');
}

/** Where a card is on the bus, as /sys writes it (`0000:01:00.0`), and its UUID; null where not told. */
export function identityOf(row: SmiRow): { readonly address: string | null; readonly uuid: string | null } {
  const bus = row.get('pci.bus_id');
  const uuid = row.get('uuid');
  return {
    address: bus?.kind === 'text' ? normalBusId(bus.text) : null,
    uuid: uuid?.kind === 'text' && /^(GPU|MIG)-[\w/-]{1,80}$/.test(uuid.text) ? uuid.text : null,
  };
}

/**
 * `0000:01:00.0` of the 8-digit domains that drivers print since 384 and of the 4-digit ones before; null for anything
 * else. Domains above ffff (Hyper-V, VMD) keep their digits, as in /sys.
 */
export function normalBusId(text: string): string | null {
  const match = /^([\da-f]{4,8}):([\da-f]{2}:[\da-f]{2}\.[0-7])$/i.exec(text);
  if (!match) return null;
  const domain = match[1]!.replace(/^0+/, '').padStart(4, '0');
  return `${domain}:${match[2]!}`.toLowerCase();
}

/** Order on the bus: domain, bus, device, function. A card that does not say where it is comes last. */
export function compareAddresses(left: string | null, right: string | null): number {
  const [first, second] = [sortKey(left), sortKey(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function sortKey(address: string | null): string {
  return address?.padStart('ffffffff:ff:ff.f'.length, '0') ?? '~';
}

/** A cell without surrounding space; anything in square brackets and the bare words for "none" are no value. */
export function parseCell(cell: string): SmiCell {
  const text = cell.replace(/\[Deprecated[^\]]*\]/i, '').trim();
  const bracketed = /^\[(.*)\]$/.exec(text);
  const word = (bracketed?.[1] ?? text).toLowerCase();
  const code = SENTINELS.get(word) ?? (bracketed ? 'error' : null);
  if (code !== null) return { kind: 'none', reason: `${code}: ${text.slice(0, MAX_CELL_LENGTH)}` };
  return { kind: 'text', text: text.slice(0, MAX_CELL_LENGTH) };
}
