/* A question that has to be answered before anything else. <dialog> is not in Safari 14: the focus is
 * kept inside by hand, Escape cancels, and it goes back to where it came from. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { Heading } from "./Text.tsx";

interface DialogProps {
  readonly heading: string;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

const FOCUSABLE = "a[href], button, input, select, textarea";

export function Dialog({ heading, onCancel, children }: DialogProps): preact.JSX.Element {
  const dialog = useRef<HTMLDivElement>(null);

  // At once: a key that is pressed before the next frame must not go to what lies beneath.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.focus();
    return () => before?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      onCancel();
    } else if (event.key === "Tab") {
      keepInside(dialog.current!, event);
    }
  };

  return (
    <div class="kring-dialog__ground">
      <div
        class="kring-dialog"
        ref={dialog}
        role="dialog"
        aria-modal="true"
        aria-labelledby="dialog-title"
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        <Heading level={2} id="dialog-title">
          {heading}
        </Heading>
        {children}
      </div>
    </div>
  );
}

function keepInside(dialog: HTMLElement, event: KeyboardEvent): void {
  const inside = dialog.querySelectorAll<HTMLElement>(FOCUSABLE);
  const first = inside[0];
  const last = inside[inside.length - 1];
  const active = document.activeElement;
  if (event.shiftKey && (active === first || active === dialog)) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && active === last) {
    event.preventDefault();
    first?.focus();
  }
}
