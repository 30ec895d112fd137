/* A table with a caption; the first cell of a row is its heading. */
import type { ComponentChildren } from "preact";

export interface TableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly id: string; readonly cells: readonly ComponentChildren[] }[];
}

export function Table({ caption, columns, rows }: TableProps): preact.JSX.Element {
  return (
    <div class="kring-table" tabIndex={0} role="region" aria-label={caption}>
      <table class="utrecht-table utrecht-table--html-table">
        <caption class="utrecht-table__caption">{caption}</caption>
        <thead class="utrecht-table__header">
          <tr class="utrecht-table__row">
            {columns.map((column) => (
              <th key={column} scope="col" class="utrecht-table__header-cell">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody class="utrecht-table__body">
          {rows.map(({ id, cells }) => (
            <tr key={id} class="utrecht-table__row">
              {cells.map((cell, i) =>
                i === 0
                  ? <th key={i} scope="row" class="utrecht-table__cell">{cell}</th>
                  : <td key={i} class="utrecht-table__cell">{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
