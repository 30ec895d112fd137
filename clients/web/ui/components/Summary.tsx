/* Names and values; with onChange a list of answers to check before something is sent. */
import type { ComponentChildren } from "preact";

import { useCommon } from "../texts.tsx";

export interface SummaryRow {
  readonly id: string;
  readonly name: string;
  /** Empty: nothing was filled in. */
  readonly value: ComponentChildren;
  readonly onChange?: () => void;
}

export function Summary({ rows }: { rows: readonly SummaryRow[] }): preact.JSX.Element {
  const { text } = useCommon();
  return (
    <dl class="kring-summary">
      {rows.map(({ id, name, value, onChange }) => (
        <div class="kring-summary__row" key={id}>
          <dt>{name}</dt>
          <dd dir="auto">{value === "" ? text("page.notFilled") : value}</dd>
          {onChange !== undefined && (
            <dd>
              <button
                type="button"
                class="utrecht-button utrecht-button--subtle kring-summary__change"
                aria-label={text("page.changeWhat", { what: name })}
                onClick={onChange}
              >
                {text("page.change")}
              </button>
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
