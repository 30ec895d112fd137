/* Whether the user is a professional, and what such a one has begun to write. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useMemo, useRef } from "preact/hooks";

import type { OwnInbox } from "../../src/core/professional.ts";

/** What was filled in for an act, by field. */
export type Draft = Readonly<Record<string, string>>;

/** By case and act. They outlive the screens of professionals, and are gone when the app is locked. */
export type Drafts = Map<string, Draft>;

interface Own {
  readonly inboxes: readonly OwnInbox[];
  readonly drafts: Drafts;
}

const OwnContext = createContext<Own | null>(null);

export function OwnInboxesProvider({ inboxes, children }: {
  inboxes: readonly OwnInbox[];
  children: ComponentChildren;
}): preact.JSX.Element {
  const drafts = useRef<Drafts>(new Map());
  const own = useMemo(() => ({ inboxes, drafts: drafts.current }), [inboxes]);
  return <OwnContext.Provider value={own}>{children}</OwnContext.Provider>;
}

const NONE: readonly OwnInbox[] = [];

/** Of whose team the user is; empty for who is no professional. */
export const useOwnInboxes = (): readonly OwnInbox[] => useContext(OwnContext)?.inboxes ?? NONE;

export function useDrafts(): Drafts {
  const own = useContext(OwnContext);
  if (own === null) {
    throw new Error("no OwnInboxesProvider above this component");
  }
  return own.drafts;
}
