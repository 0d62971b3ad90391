import type { Oracle } from '../plan/oracle-schema';
import type { Layout } from './layout';
import { renderTable, wrapText, type Column } from './table';

const columns: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'Weights', align: 'right' },
  { title: 'Context', align: 'right' },
  { title: 'Compute', align: 'right' },
];

/** What llama.cpp's own dry run says beside what is planned for the same arguments, in MiB; or why it was not asked. */
export function oracleLines(oracle: Oracle | null, { width }: Layout): string[] {
  if (oracle === null) return [];
  const reason = oracle.reason === null ? [] : wrapText(oracle.reason, width - 2);
  return oracle.rows.length === 0 ? reason : [...renderTable(columns, oracleCells(oracle)), ...reason];
}

/** Two lines a device: llama.cpp's figures, and those planned. */
export function oracleCells({ rows }: Oracle): string[][] {
  return rows.flatMap((row) => [
    [`${row.name}, llama.cpp`, mib(row.model_mib), mib(row.context_mib), mib(row.compute_mib)],
    [
      `${row.device}, planned`,
      mib(row.planned_model_mib),
      mib(row.planned_context_mib),
      mib(row.planned_compute_mib),
    ],
  ]);
}

function mib(figure: number | null): string {
  return figure === null ? 'unknown' : `${figure} MiB`;
}
