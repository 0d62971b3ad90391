import type { Verdict } from '../plan/schema';
import { formatFileSize, formatInteger, formatRate } from './format';
import type { Layout } from './layout';
import { verdictWord } from './plan-parts';
import { renderTable, wrapText, type Column } from './table';

/** A model file on this machine, as a list shows it; null is not known. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  readonly quant: string | null;
  readonly architecture: string | null;
  readonly context_trained: number | null;
  /** Null where the file cannot be read. */
  readonly verdict: Verdict | null;
  readonly decode_tok_s: number | null;
  readonly failure: { readonly message: string } | null;
}

const columns: readonly Column[] = [
  { title: 'Verdict', align: 'left' },
  { title: 'Model', align: 'left' },
  { title: 'Size', align: 'right' },
  { title: 'Quant', align: 'left' },
  { title: 'Architecture', align: 'left' },
  { title: 'Context', align: 'right' },
  { title: 'tok/s', align: 'right' },
];
/** What the columns beside the name take, with the longest names that are usual in them. */
const BESIDE_NAME = 66;
const NARROWEST_NAME = 16;
const UNKNOWN = '?';

/** A table of the model files found, and below it why some cannot be read. */
export function foundModelsText(files: readonly ListedFile[], { width, room }: Layout): string {
  const nameRoom = Math.max(NARROWEST_NAME, width - BESIDE_NAME);
  const broken = files.filter(({ failure }) => failure !== null);
  const lines = [
    ...renderTable(
      columns,
      files.map((file) => rowOf(file, nameRoom)),
      room,
      2,
    ),
    ...(broken.length === 0 ? [] : ['', 'Not readable', ...broken.flatMap((file) => reason(file, width))]),
  ];
  return `${lines.join('\n')}\n`;
}

function rowOf(file: ListedFile, room: number): string[] {
  const { name, bytes, quant, architecture, context_trained, verdict, decode_tok_s, failure } = file;
  const start = [
    verdict === null ? 'unread' : verdictWord(verdict),
    shortName(name, room),
    formatFileSize(bytes),
  ];
  if (failure !== null) return start;
  return [
    ...start,
    quant ?? UNKNOWN,
    architecture ?? UNKNOWN,
    context_trained === null ? UNKNOWN : formatInteger(context_trained),
    decode_tok_s === null ? UNKNOWN : formatRate(decode_tok_s),
  ];
}

function reason({ name, failure }: ListedFile, width: number): string[] {
  return wrapText(`${name}: ${failure?.message ?? ''}`, width, '    ', '  ');
}

/** Keeps both ends of a long name: the family stands in front, the quantisation behind. */
function shortName(name: string, room: number): string {
  if (name.length <= room) return name;
  const front = Math.ceil((room - 1) / 2);
  return `${name.slice(0, front)}…${name.slice(name.length - (room - 1 - front))}`;
}
