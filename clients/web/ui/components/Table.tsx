/* A table; the first cell of a row is its heading. Its roles are said, as a table that is not laid out as one
 * (on a narrow screen) loses them. */
import type { ComponentChildren } from "preact";

interface TableProps {
  /** Said, not shown: a heading stands above it. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly id: string; readonly cells: readonly ComponentChildren[] }[];
}

export function Table({ caption, columns, rows }: TableProps): preact.JSX.Element {
  return (
    <div class="kring-table" tabIndex={0} role="region" aria-label={caption}>
      <table class="utrecht-table utrecht-table--html-table" role="table" aria-label={caption}>
        <thead class="utrecht-table__header" role="rowgroup">
          <tr class="utrecht-table__row" role="row">
            {columns.map((column) => (
              <th key={column} scope="col" role="columnheader" class="utrecht-table__header-cell">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody class="utrecht-table__body" role="rowgroup">
          {rows.map(({ id, cells }) => (
            <tr key={id} class="utrecht-table__row" role="row">
              {cells.map((cell, i) =>
                i === 0
                  ? <th key={i} scope="row" role="rowheader" class="utrecht-table__cell">{cell}</th>
                  : <td key={i} role="cell" class="utrecht-table__cell" data-column={columns[i]}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
