/* Whether the user is a professional. */
import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";

import type { OwnInbox } from "../../src/core/professional.ts";

const OwnContext = createContext<readonly OwnInbox[]>([]);

export function OwnInboxesProvider({ inboxes, children }: {
  inboxes: readonly OwnInbox[];
  children: ComponentChildren;
}): preact.JSX.Element {
  return <OwnContext.Provider value={inboxes}>{children}</OwnContext.Provider>;
}

/** Of whose team the user is; empty for who is no professional. */
export const useOwnInboxes = (): readonly OwnInbox[] => useContext(OwnContext);
