/* The app's window, if this page was opened from it. It is asked over a port for one answer, addressed to
 * this origin alone, and only by this file: no script and no page that comes after this one finds it. */
import type { LeaveRequest, VouchAnswer, VouchRequest } from "../../src/client/vouching.ts";

const app = window.opener as Window | null;
window.opener = null;

let port: MessagePort | undefined;

export const hasApp = (): boolean => app?.closed === false;

/** Whoever leaves at once does not leave the app behind this page. */
export const leaveApp = (leave: string): void => app?.postMessage({ leave } satisfies LeaveRequest, location.origin);

/** The app's question goes, and no answer comes. */
export function hangUp(): void {
  port?.postMessage("");
  port?.close();
  port = undefined;
}

export function askApp(request: VouchRequest["vouch"], answered: (answer: VouchAnswer) => void): void {
  hangUp();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    hangUp();
    answered(data);
  };
  port = port1;
  app!.postMessage({ vouch: request } satisfies VouchRequest, location.origin, [port2]);
}

// Closed, loaded again, or left for another page.
addEventListener("pagehide", hangUp);
