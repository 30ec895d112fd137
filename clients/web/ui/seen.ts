/* What may count as read only once somebody can have seen it. */
import { useEffect } from "preact/hooks";

/** As useEffect; while the page is hidden, behind another tab or a locked screen, it waits. */
export function useSeen(act: () => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    const stop = (): void => document.removeEventListener("visibilitychange", look);
    const look = (): void => {
      if (document.visibilityState === "visible") {
        stop();
        act();
      }
    };
    document.addEventListener("visibilitychange", look);
    look();
    return stop;
  }, inputs);
}
