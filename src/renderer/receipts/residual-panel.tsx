import { Table } from '@mantine/core';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import figures from '../parts/figures.module.css';
import { Panel } from '../parts/panel';
import classes from './residual-panel.module.css';
import { residualRows, scaleOf, type ResidualRow } from '../../core/report/residuals';

/** By how much measured and planned differ, one mark a receipt: decode, and memory by component. */
export function ResidualPanel({ receipts }: { receipts: readonly ReceiptHead[] }) {
  const rows = residualRows(receipts);
  if (rows.length === 0) return null;
  const scale = scaleOf(rows);
  return (
    <Panel title="Residuals" note={`measured beside planned, from −${scale} to +${scale} %`}>
      <Table.ScrollContainer minWidth={440} type="native">
        <Table verticalSpacing={4} className={figures.table} w="100%">
          <caption className={figures.caption}>Errors of decode, and of memory by component</caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Of</Table.Th>
              <Table.Th scope="col" w="100%" aria-hidden="true" />
              {['Median', 'Worst', 'Figures'].map((title) => (
                <Table.Th key={title} scope="col" className={figures.number}>
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Th scope="row" fw={400}>
                  {row.name}
                </Table.Th>
                <Table.Td aria-hidden="true">
                  <Strip row={row} scale={scale} />
                </Table.Td>
                <Table.Td className={figures.number}>{percent(row.median)}</Table.Td>
                <Table.Td className={figures.number}>{percent(row.worst)}</Table.Td>
                <Table.Td className={figures.number}>{row.residuals.length}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function Strip({ row, scale }: { row: ResidualRow; scale: number }) {
  return (
    <div className={classes.strip}>
      {row.residuals.map(({ id, error_pct: error }, index) => (
        <span
          // oxlint-disable-next-line react/no-array-index-key -- a receipt has one a device
          key={`${id} ${index}`}
          className={classes.mark}
          style={{ left: `${50 + (50 * Math.max(-scale, Math.min(scale, error))) / scale}%` }}
        />
      ))}
    </div>
  );
}

function percent(size: number): string {
  return `${size.toFixed(size < 10 ? 1 : 0)} %`;
}
