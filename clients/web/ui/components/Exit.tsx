/* Leave this page, at once: a large button, or Shift three times. What was filled in is wiped before
 * anything else; the page is covered while the next one loads; location.replace, so that "back"
 * does not come here. What the browser's history keeps is said in words. */
import { useLayoutEffect, useState } from "preact/hooks";

import { PRESSES, ShiftCounter } from "../../src/client/exit.ts";
import { leaveTo } from "../browser.ts";
import { useCommon } from "../texts.tsx";
import { Button } from "./Button.tsx";

interface ExitProps {
  /** Forget everything that was filled in; synchronously. */
  readonly wipe: () => void;
  readonly target: string;
  /** How many screens of this page are in the browser's history. */
  readonly depth?: () => number;
}

/** One for all screens: what is drawn anew between two presses does not begin again. */
const counter = new ShiftCounter();

export function Exit({ wipe, target, depth }: ExitProps): preact.JSX.Element {
  const { text } = useCommon();
  const [presses, setPresses] = useState(0);
  const [isLeaving, setLeaving] = useState(false);

  const leave = (): void => {
    const entries = depth?.() ?? 0;
    wipe();
    document.title = " ";
    setLeaving(true);
    leaveTo(target, entries);
  };

  // At once: no press is missed while one screen makes place for the next.
  useLayoutEffect(() => {
    const onKeyUp = (event: KeyboardEvent): void => {
      const count = counter.press(event.key, Date.now());
      setPresses(count);
      if (count >= PRESSES) {
        counter.reset();
        leave();
      }
    };
    // Whoever comes back to a page that the browser kept finds it empty.
    const onShow = (event: PageTransitionEvent): void => {
      if (event.persisted) {
        wipe();
        setLeaving(false);
      }
    };
    document.addEventListener("keyup", onKeyUp);
    window.addEventListener("pageshow", onShow);
    return () => {
      document.removeEventListener("keyup", onKeyUp);
      window.removeEventListener("pageshow", onShow);
    };
  }, [wipe, target, depth]);

  return (
    <>
      <div class="kring-exit">
        <Button kind="danger" onClick={leave}>
          {text("exit.button")}
        </Button>
        <span class="kring-hidden" role="status">
          {presses > 0 && presses < PRESSES ? text("exit.pressed", { n: presses }) : ""}
        </span>
        {isLeaving && (
          <div class="kring-exit__overlay" role="alert">
            {text("exit.leaving")}
          </div>
        )}
      </div>
      <p class="kring-exit__hint">
        <span class="kring-exit__keys">{text("exit.hint")}</span> {text("exit.history")}
      </p>
    </>
  );
}
