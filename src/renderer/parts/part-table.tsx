import { Table } from '@mantine/core';
import figures from './figures.module.css';

/** A figure as it is shown; `title` tells it exactly. */
export interface FigureCell {
  readonly text: string;
  readonly title?: string;
  readonly unknown?: boolean;
}

interface PartTableProps {
  readonly caption: string;
  readonly columns: readonly { readonly key: string; readonly title: string }[];
  /** Least width of a column, px. */
  readonly columnWidth: number;
  /** Parts with their colour in the picture above, a cell a column. */
  readonly parts: readonly {
    readonly name: string;
    readonly colour: string;
    readonly cells: readonly FigureCell[];
  }[];
  readonly sums: readonly { readonly name: string; readonly cells: readonly FigureCell[] }[];
}

/** What each device's bar is made of, in numbers, with the sums beneath. */
export function PartTable({ caption, columns, columnWidth, parts, sums }: PartTableProps) {
  const cellsOf = (cells: readonly FigureCell[]) =>
    cells.map(({ text, title, unknown }, index) => (
      <Table.Td
        key={columns[index]!.key}
        className={figures.number}
        data-unknown={unknown === true || undefined}
        title={title}
      >
        {text}
      </Table.Td>
    ));
  return (
    <Table.ScrollContainer minWidth={120 + columnWidth * columns.length} type="native">
      <Table verticalSpacing={6} className={figures.table} miw="min(100%, 480px)">
        <caption className={figures.caption}>{caption}</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Part</Table.Th>
            {columns.map(({ key, title }) => (
              <Table.Th key={key} scope="col" className={figures.number}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parts.map(({ name, colour, cells }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400} className={figures.part}>
                <span className={figures.swatch} style={{ background: colour }} />
                {name}
              </Table.Th>
              {cellsOf(cells)}
            </Table.Tr>
          ))}
          {sums.map(({ name, cells }) => (
            <Table.Tr key={name} className={figures.sum}>
              <Table.Th scope="row">{name}</Table.Th>
              {cellsOf(cells)}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
