/* The browser's parts that the pages use: the only place that makes workers and touches history. */
import { Client } from "../src/client/client.ts";
import { Reporter } from "../src/client/reporter.ts";
import { type BrowserHistory, type Route, Router } from "../src/client/router.ts";
import type { LanguageMemory } from "./texts.tsx";

/** Put in by build.mjs. */
declare const KRING_CORE_WORKER: string;
declare const KRING_REPORT_WORKER: string;

/** With Trusted Types only this policy makes script URLs, and only of files of this build. */
interface ScriptPolicy {
  createScriptURL(url: string): string;
}

const OWN_SCRIPT = /^\/[a-z]+(\.worker)?(\.[0-9a-f]{16})?\.js$/;

function ownScript(url: string): string {
  if (!OWN_SCRIPT.test(url)) {
    throw new TypeError(`not a script of Kring's: ${url}`);
  }
  return url;
}

function makePolicy(): ScriptPolicy {
  const trustedTypes = (globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy };
  }).trustedTypes;
  const rules: ScriptPolicy = { createScriptURL: ownScript };
  return trustedTypes === undefined ? rules : trustedTypes.createPolicy("kring", rules);
}

/** Going back in the history is done at once, or never. */
const LEAVE_MS = 300;

const policy = makePolicy();

/** Where a page is shown; what stood there while its script was on the way goes. */
export function pageRoot(): HTMLElement {
  const root = document.getElementById("root")!;
  root.textContent = "";
  return root;
}

/** A worker and the page's side of it. Its script may not be had: there is no connection, or a new
 * version has taken its place. */
export function startWorker<R extends { fail(code: string): void }>(url: string, make: (worker: Worker) => R): R {
  const worker = new Worker(policy.createScriptURL(url));
  const remote = make(worker);
  worker.addEventListener("error", (event) => {
    if (!(event instanceof ErrorEvent)) { // that is an exception in what was loaded
      remote.fail("unreachable");
    }
  });
  return remote;
}

export const startClient = (): Client => startWorker(KRING_CORE_WORKER, (worker) => new Client(worker));

/** One for each signal and each return; not before it is needed. */
export const startReporter = (): Reporter => startWorker(KRING_REPORT_WORKER, (worker) => new Reporter(worker));

/** Works offline from the next visit on. Of the app alone, never of the reporting page: that it was
 * visited must not be seen on the device. */
export function registerServiceWorker(): void {
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(policy.createScriptURL("/sw.js")).then(watchVersions, () => {
      // It works without, only not offline.
    });
  }
}

type Version =
  | "current"
  | "waiting" // a new one is there
  | "busy" // and cannot be taken while other tabs are open
  | "replaced"; // another tab has taken it

/** What becomes of the app's version; renew() takes the new one, and loads the page again. */
export const version = {
  state: "current" as Version,
  onChange: (): void => {},
  renew: (): void => {},
};

function watchVersions(registration: ServiceWorkerRegistration): void {
  const container = navigator.serviceWorker;
  let isAsked = false;
  const set = (state: Version): void => {
    version.state = state;
    version.onChange();
  };
  const look = (): void => {
    if (registration.waiting !== null && container.controller !== null) {
      set("waiting");
    }
  };
  version.renew = () => {
    isAsked = true;
    registration.waiting?.postMessage("renew");
  };
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", look));
  container.addEventListener("message", ({ data }) => {
    if (data === "busy") {
      isAsked = false;
      set("busy");
    }
  });
  container.addEventListener("controllerchange", () => (isAsked ? location.reload() : set("replaced")));
  look();
}

/** The first screen's entry has none, as if nothing had been there. */
interface HistoryState {
  readonly kring: number;
}

const browserHistory: BrowserHistory = {
  index: () => (history.state as HistoryState | null)?.kring,
  push: (kring, fragment) => history.pushState({ kring }, "", fragment ?? location.pathname),
  replace: (kring, fragment) =>
    history.replaceState(kring === 0 ? null : { kring }, "", fragment ?? location.pathname),
  back: () => history.back(),
};

/** Screens whose name is in the URL's fragment. */
export function startRouter<S extends string>(
  screens: readonly S[],
  home: Route<S>,
  first?: Route<S>,
): Router<S> {
  const named = screens.find((screen) => `#${screen}` === location.hash);
  const router = new Router<S>(browserHistory, home, first ?? (named === undefined ? home : { screen: named }));
  addEventListener("popstate", () => router.moved());
  // A link opened in this very tab, below: the browser takes it for the same page.
  addEventListener("hashchange", () => /^#\d\./.test(location.hash) && location.reload());
  return router;
}

/** Screens that leave nothing in the URL. */
export function startHiddenRouter<S extends string>(home: Route<S>): Router<S> {
  const router = new Router<S>(browserHistory, home, home, false);
  addEventListener("popstate", () => router.moved());
  return router;
}

/** To another page, which takes the place of all screens of this one: "back" leads before them. */
export function leaveTo(target: string, depth: number): void {
  const leave = (): void => location.replace(target);
  if (depth === 0) {
    leave();
    return;
  }
  addEventListener("popstate", leave, { once: true });
  setTimeout(leave, LEAVE_MS);
  history.go(-depth);
}

/** A link with something in its fragment, TRUST.md §6 and CASES.md §3: it is in the URL no more
 * after this. */
function takeLink(kind: string): string | undefined {
  if (!location.hash.startsWith(`#${kind}.`)) {
    return undefined;
  }
  const link = location.href;
  history.replaceState(null, "", location.pathname);
  return link;
}

/** Of an invitation, on /join. */
export const takeInvitation = (): string | undefined => takeLink("1");

/** Of another device of one's own, and back from it: carried.ts. */
export const takeDeviceLink = (): string | undefined => takeLink("3");
export const takeDeviceCard = (): string | undefined => takeLink("4");

/** Of an inbox, from its poster, on /melden. */
export const takeInboxLink = (): string | undefined => takeLink("2");

const LANGUAGE_KEY = "language";

/** The app's choice of language. Storage may be forbidden. */
export const rememberedLanguage: LanguageMemory = {
  get() {
    try {
      return localStorage.getItem(LANGUAGE_KEY);
    } catch {
      return null;
    }
  },
  set(language) {
    try {
      localStorage.setItem(LANGUAGE_KEY, language);
    } catch {
      // It holds until the page is closed.
    }
  },
};

const NOTICES_KEY = "notices";

/** Until when this device has seen what professionals tell neighbours: a time, which says no more than that
 * the app was open. */
export const seenNotices = {
  get(): number {
    try {
      return Number(localStorage.getItem(NOTICES_KEY) ?? 0);
    } catch {
      return 0;
    }
  },
  set(time: number): void {
    try {
      localStorage.setItem(NOTICES_KEY, String(time));
    } catch {
      // They stay new.
    }
  },
  forget(): void {
    try {
      localStorage.removeItem(NOTICES_KEY);
    } catch {
      // Then there is nothing.
    }
  },
};

/** The same choice for the reporting page, which reads it and leaves nothing behind. */
export const borrowedLanguage: LanguageMemory = { get: rememberedLanguage.get, set() {} };

/** A file for the user, made here. */
export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
