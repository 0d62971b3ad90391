import classes from './chart-table.module.css';

interface ChartTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first of a row is its name. */
  readonly rows: readonly (readonly string[])[];
}

/** The figures of a chart as a table for who cannot see it. */
export function ChartTable({ caption, columns, rows }: ChartTableProps) {
  return (
    <div className={classes.hidden}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...values]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, index) => (
                <td key={columns[index + 1]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
