import { Anchor, Badge, Table } from '@mantine/core';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import { formatRate, formatTokenRate } from '../../core/report/format';
import { formatError } from '../../core/report/receipt-text';
import { formatTime } from '../parts/format-time';
import { modelOf } from './filter-receipts';
import figures from '../parts/figures.module.css';
import classes from './receipts-view.module.css';

interface ReceiptTableProps {
  readonly receipts: readonly ReceiptHead[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** More rows than this make the page slow, and nobody reads them. */
const MOST_ROWS = 200;

/** Receipts with both sides of the comparison, each a way to all of it. */
export function ReceiptTable({ receipts, chosen, onChoose }: ReceiptTableProps) {
  const shown = receipts.slice(0, MOST_ROWS);
  return (
    <div className={classes.rows} tabIndex={0} role="region" aria-label="Receipts">
      <Table verticalSpacing={6} className={figures.table} w="100%" miw={640} highlightOnHover>
        <caption className={figures.caption}>Decode, predicted and measured</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Model</Table.Th>
            <Table.Th scope="col">Runtime</Table.Th>
            <Table.Th scope="col" className={figures.number}>
              Measured
            </Table.Th>
            <Table.Th scope="col" className={figures.number}>
              Predicted
            </Table.Th>
            <Table.Th scope="col" className={figures.number}>
              Error
            </Table.Th>
            <Table.Th scope="col">In its band</Table.Th>
            <Table.Th scope="col">When</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((head) => (
            <Table.Tr key={head.id} data-chosen={head.id === chosen || undefined} className={classes.row}>
              <Table.Th scope="row" fw={400}>
                <Anchor
                  component="button"
                  type="button"
                  size="sm"
                  ta="left"
                  onClick={() => onChoose(head.id)}
                >
                  {modelOf(head)}
                </Anchor>
                <Marks head={head} />
              </Table.Th>
              <Table.Td className={figures.part}>{head.tool}</Table.Td>
              <Table.Td className={figures.number}>{formatTokenRate(head.measured_decode_tok_s)}</Table.Td>
              <Table.Td className={figures.number}>{predictedOf(head)}</Table.Td>
              <Table.Td className={figures.number}>{formatError(head.decode_error_pct)}</Table.Td>
              <Table.Td>{head.within_band === null ? 'unknown' : head.within_band ? 'yes' : 'no'}</Table.Td>
              <Table.Td className={figures.part}>{formatTime(head.created)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {receipts.length > shown.length ? (
        <p>{receipts.length - shown.length} more are not shown: filter them.</p>
      ) : null}
    </div>
  );
}

function predictedOf(head: ReceiptHead): string {
  const { predicted_decode_tok_s: predicted, low_decode_tok_s: low, high_decode_tok_s: high } = head;
  if (predicted === null) return 'unknown';
  const band = low === null || high === null ? '' : ` (${formatRate(low)}–${formatRate(high)})`;
  return `${formatRate(predicted)}${band}`;
}

function Marks({ head }: { head: ReceiptHead }) {
  const marks = [
    head.disturbed ? { text: 'disturbed', color: 'brass' } : null,
    head.imported ? { text: 'imported', color: 'gray' } : null,
    head.ballast ? { text: 'stand-in', color: 'sea' } : null,
  ].filter((mark) => mark !== null);
  return marks.length === 0 ? null : (
    <span className={classes.marks}>
      {marks.map(({ text, color }) => (
        <Badge key={text} size="sm" variant="light" color={color} tt="none" miw="max-content">
          {text}
        </Badge>
      ))}
    </span>
  );
}
