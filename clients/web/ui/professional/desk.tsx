/* What the professional's screens share: colleagues' names, the time, and where one was. All of it is in
 * memory, and gone when the app is locked. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Id } from "../../src/core/content.ts";
import type { TeamMember } from "../../src/core/professional.ts";
import { useOwnInboxes } from "../app/inboxes.tsx";
import { useClient } from "../client.tsx";

export const SHOWS = ["open", "mine", "overdue", "closed", "all"] as const;

/** Which cases are in the list. */
export interface CaseFilter {
  readonly show: (typeof SHOWS)[number];
  /** Empty: all. */
  readonly inbox: Id;
  readonly find: string;
}

/** What a screen remembers for when one comes back to it. */
interface Memory {
  filter?: CaseFilter;
  /** The case that one comes back from. */
  lastCase?: Id | undefined;
  /** What was new in a case when it was opened. */
  newFrom?: { readonly case: Id; readonly seq: number };
  /** What was just done in a case; said once. */
  done?: { readonly case: Id; readonly name: string } | undefined;
}

interface Desk {
  readonly teams: ReadonlyMap<Id, readonly TeamMember[]>;
  readonly memory: Memory;
}

const DeskContext = createContext<Desk | null>(null);

export function DeskProvider({ children }: { children: ComponentChildren }): preact.JSX.Element {
  const client = useClient();
  const inboxes = useOwnInboxes();
  const memory = useRef<Memory>({});
  const [teams, setTeams] = useState<Desk["teams"]>(new Map());

  // A record's number changes with its team.
  const records = inboxes.map(({ inbox, number }) => `${inbox} ${number}`).join();
  useEffect(() => {
    let isCurrent = true;
    Promise.all(inboxes.map(({ inbox }) => client.ask("inbox", { inbox }).then(({ team }) => [inbox, team] as const)))
      .then((all) => isCurrent && setTeams(new Map(all)), () => undefined);
    return () => {
      isCurrent = false;
    };
  }, [client, records]);
  const desk = useMemo(() => ({ teams, memory: memory.current }), [teams]);
  return <DeskContext.Provider value={desk}>{children}</DeskContext.Provider>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) {
    throw new Error("no DeskProvider above this component");
  }
  return desk;
}

const TICK_MS = 10_000;

/** The time, kept up to date while one looks. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
