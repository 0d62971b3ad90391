import { Table } from '@mantine/core';
import { formatBytes, formatFileSize, formatInteger, formatRate } from '../../core/report/format';
import type { Sweep, SweepPoint } from '../../core/sweep/schema';
import { deviceLabel } from './load-bar';
import { devicesOf } from './sweep-picture';
import classes from './sweep-table.module.css';

interface SweepTableProps {
  readonly sweep: Sweep;
  readonly title: string;
  /** Whether it is to be seen; it is read out in any case. */
  readonly shown: boolean;
}

/** The numbers of the charts. */
export function SweepTable({ sweep, title, shown }: SweepTableProps) {
  const devices = devicesOf(sweep);
  const quants = sweep.kind === 'quant';
  return (
    <div className={shown ? classes.shown : classes.hidden}>
      <Table striped captionSide="top" fz="sm">
        <Table.Caption>{title}: memory, speed and verdict</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{title}</Table.Th>
            {quants ? <Table.Th scope="col">File</Table.Th> : null}
            {devices.map((device) => (
              <Table.Th key={device} scope="col">
                {deviceLabel(device)}
              </Table.Th>
            ))}
            <Table.Th scope="col">Decode, tok/s</Table.Th>
            <Table.Th scope="col">Low to high</Table.Th>
            <Table.Th scope="col">With a full context</Table.Th>
            <Table.Th scope="col">Verdict</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sweep.points.map((point) => (
            <Table.Tr key={point.value}>
              <Table.Th scope="row">
                {typeof point.value === 'number' ? formatInteger(point.value) : point.value}
              </Table.Th>
              {quants ? <Table.Td>{formatFileSize(point.file_bytes)}</Table.Td> : null}
              {devices.map((device) => (
                <Table.Td key={device}>{bytesOn(point, device)}</Table.Td>
              ))}
              <Table.Td>{rate(point.decode.forecast_tok_s)}</Table.Td>
              <Table.Td>
                {rate(point.decode.low_tok_s)} to {rate(point.decode.high_tok_s)}
              </Table.Td>
              <Table.Td>{rate(point.decode_at_context?.forecast_tok_s ?? null)}</Table.Td>
              <Table.Td>{point.verdict}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function bytesOn({ memory }: SweepPoint, device: string): string {
  const row = memory.find((each) => each.device === device);
  return row === undefined ? 'not used' : formatBytes(row.total_bytes);
}

function rate(value: number | null): string {
  return value === null ? 'unknown' : formatRate(value);
}
