import type { Plan } from '../plan/schema';
import { formatBytes } from './format';
import type { Layout } from './layout';
import { shortSpeed, totalBytes, verdictWord } from './plan-parts';
import { renderTable, type Column } from './table';

/** A model in a list: its plan, or why there is none. */
export interface ListedModel {
  readonly name: string;
  readonly reference: string;
  readonly bytes: number | null;
  readonly answer:
    | { readonly plan: Plan; readonly failure: null }
    | { readonly plan: null; readonly failure: { readonly message: string } };
}

/** What the columns beside the name take. */
const BESIDE_NAME = 46;
const NARROWEST_NAME = 16;

const columns: readonly Column[] = [
  { title: 'Verdict', align: 'left' },
  { title: 'Model', align: 'left' },
  { title: 'Memory', align: 'right' },
  { title: 'Host', align: 'right' },
  { title: 'Decode', align: 'right' },
];

/** Lines of a table of verdict, memory over all devices, what of it lies on the host, and decode forecast. */
export function modelListText(models: readonly ListedModel[], { width }: Layout): string[] {
  const room = Math.max(NARROWEST_NAME, width - BESIDE_NAME);
  return renderTable(
    columns,
    models.map((model) => rowOf(model, room)),
  );
}

function rowOf({ name, answer }: ListedModel, room: number): string[] {
  const title = shorten(name, room);
  if (answer.plan === null) return ['unread', title, '', '', answer.failure.message.slice(0, 60)];
  const { verdict, memory, decode } = answer.plan;
  const host = memory.filter(({ device }) => device === 'host');
  return [
    verdictWord(verdict),
    title,
    formatBytes(totalBytes(memory)),
    formatBytes(totalBytes(host)),
    shortSpeed(decode),
  ];
}

/** Keeps both ends of a long name: the family stands in front, the quantisation behind. */
function shorten(name: string, room: number): string {
  if (name.length <= room) return name;
  const front = Math.ceil((room - 1) / 2);
  return `${name.slice(0, front)}…${name.slice(name.length - (room - 1 - front))}`;
}
