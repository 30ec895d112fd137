/* What lives while somebody reports or returns: the answers, the machine in its worker, the inbox. All
 * of it is in memory, and gone with wipe(). */
import { type ComponentChildren, createContext } from "preact";
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Config, DEFAULT_EXIT, fetchConfig, relayUrl } from "../../src/client/config.ts";
import type { Reporter } from "../../src/client/reporter.ts";
import type { Router } from "../../src/client/router.ts";
import type { Vouched } from "../../src/client/vouching.ts";
import type { ReportInbox, ReporterCommands } from "../../src/core/reporter.ts";
import { type Draft, EMPTY_DRAFT } from "../../src/report/draft.ts";
import { startHiddenRouter, startReporter, takeInboxLink } from "../browser.ts";
import { hangUp } from "./vouching.ts";

export type Screen =
  | "start" | "steps" | "inbox" | "question" | "traces" | "check" | "vouch" | "receipt" | "repeat" | "sent"
  | "return" | "case" | "act" | "arrival";

type Arrived = ReporterCommands["send"]["answer"];

/** One that a signal may go to; without `inbox` the relay has not said yet who it is. */
export interface Offer {
  readonly link: string;
  readonly pinned: boolean;
  readonly inbox?: ReportInbox;
}

/** The proof is for this case alone. */
type Receipt = ReporterCommands["receipt"]["answer"] & { readonly vouched?: Vouched | undefined };

export interface Session {
  readonly router: Router<Screen>;
  /** undefined until it is known. */
  readonly config: Config | undefined;
  readonly exit: string;
  readonly draft: Draft;
  readonly change: (answers: Partial<Draft>) => void;
  /** The machine of this signal or return. */
  readonly reporter: () => Reporter;
  /** In its place a new one: another signal, or a return. */
  readonly renew: () => Reporter;
  /** The device has no connection, or the machine waits for one. */
  readonly isOffline: boolean;
  /** The relay was found out in a lie. */
  readonly isDeceived: boolean;
  readonly offer: Offer | undefined;
  readonly choose: (offer: Offer) => void;
  readonly receipt: Receipt | undefined;
  readonly setReceipt: (receipt: Receipt | undefined) => void;
  readonly arrived: Arrived | undefined;
  readonly setArrived: (arrived: Arrived) => void;
  readonly where: () => { url: string; relay: string };
  /** Everything is forgotten, at once; then the first screen. */
  readonly wipe: () => void;
}

/** A poster's link, taken out of the URL before anything else is done. */
const posterLink = takeInboxLink();
const router = startHiddenRouter<Screen>({ screen: "start" });

/** What may be reported to: the poster's inbox, or else those of the relay's configuration. */
export const offersOf = (config: Config): Offer[] =>
  posterLink === undefined
    ? config.inboxes.map((link) => ({ link, pinned: false }))
    : [{ link: posterLink, pinned: true }];

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) {
    throw new Error("no SessionProvider above this component");
  }
  return session;
}

/** Whether the browser says that there is no network at all. */
function useNetwork(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = (): void => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return isOnline;
}

/** The machine that there is now, and what it told of its connection and its clock. */
function useMachine(): Pick<Session, "reporter" | "renew" | "isOffline" | "isDeceived"> & { end: () => void } {
  const machine = useRef<Reporter>();
  const isOnline = useNetwork();
  const [isWaiting, setWaiting] = useState(false);
  const [isDeceived, setDeceived] = useState(false);
  const end = useCallback(() => {
    machine.current?.end();
    machine.current = undefined;
    setWaiting(false);
    setDeceived(false);
  }, []);
  const reporter = useCallback(() => {
    if (machine.current === undefined) {
      machine.current = startReporter();
      machine.current.listen((tell) => {
        if (tell.tell === "connection" && tell.state !== "connecting") {
          setWaiting(tell.state === "waiting");
        } else if (tell.tell === "alarm") {
          setDeceived(true);
        }
      });
    }
    return machine.current;
  }, []);
  const renew = useCallback(() => {
    end();
    return reporter();
  }, []);
  return { reporter, renew, isOffline: isWaiting || !isOnline, isDeceived, end };
}

/** How long until it is tried again: nobody waits for what was not there once. */
const AGAIN_MS = 5000;

function useConfig(): Config | undefined {
  const [config, setConfig] = useState<Config | undefined>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = (): void => void fetchConfig().then(setConfig, () => {
      timer = setTimeout(load, AGAIN_MS);
    });
    load();
    return () => clearTimeout(timer);
  }, []);
  return config;
}

export function SessionProvider({ children }: { children: ComponentChildren }): preact.JSX.Element {
  const config = useConfig();
  const { end, ...machine } = useMachine();
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [offer, choose] = useState<Offer | undefined>();
  const [receipt, setReceipt] = useState<Receipt | undefined>();
  const [arrived, setArrived] = useState<Arrived | undefined>();

  const wipe = useCallback(() => {
    end();
    hangUp();
    setDraft(EMPTY_DRAFT);
    choose(undefined);
    setReceipt(undefined);
    setArrived(undefined);
    router.clear();
  }, []);
  const session = useMemo<Session>(() => ({
    ...machine,
    router,
    config,
    exit: config?.exit ?? DEFAULT_EXIT,
    draft,
    change: (answers) => setDraft((before) => ({ ...before, ...answers })),
    offer,
    choose,
    receipt,
    setReceipt,
    arrived,
    setArrived,
    where: () => ({ url: relayUrl(config!, location.origin), relay: config!.relay }),
    wipe,
  }), [machine.isOffline, machine.isDeceived, config, draft, offer, receipt, arrived]);
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
