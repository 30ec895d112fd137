/* The worker of the app: joins tab.ts to the browser. Everything that is secret lives in here. */
import { argon2id } from "../core/derive.ts";
import { Machine } from "../core/machine.ts";
import { KringError, WasmModule, compile } from "../core/wasm.ts";
import { type Election, LeaseElection, LockElection } from "./election.ts";
import { Keystore } from "./keystore.ts";
import type { PageMessage, TabMessage, WorkerMessage } from "./messages.ts";
import { type Channel, Tab } from "./tab.ts";

/** Put in by build.mjs. */
declare const KRING_WASM: string;

const NAME = "kring";

function openChannel(): Channel | undefined {
  if (typeof BroadcastChannel === "undefined") {
    return undefined; // Safari before 15.4
  }
  const broadcast = new BroadcastChannel(NAME);
  const channel: Channel = {
    post: (message) => broadcast.postMessage(message),
    onMessage: () => {},
  };
  broadcast.onmessage = ({ data }: MessageEvent<TabMessage>) => channel.onMessage(data);
  return channel;
}

function openElection(keystore: Keystore): Election {
  const locks = (navigator as Partial<Pick<Navigator, "locks">>).locks;
  return locks === undefined
    ? new LeaseElection((holder, now, span) => keystore.takeLease(holder, now, span))
    : new LockElection(NAME, locks);
}

const toPage = (message: WorkerMessage): void => self.postMessage(message);

async function open(): Promise<Tab> {
  const [keystore, compiled] = await Promise.all([Keystore.open(NAME), compile(KRING_WASM)]);
  const module = await WasmModule.load(compiled);
  const tab = new Tab({
    keystore,
    election: openElection(keystore),
    channel: openChannel(),
    derive: (password, salt, cost) => argon2id(module, password, salt, cost),
    newMachine: () => new Machine(module, "core"),
    toPage,
  });
  await tab.start();
  return tab;
}

// The page may speak before the keystore is open.
const opened = open();
self.onmessage = ({ data }: MessageEvent<PageMessage>) => {
  opened.then((tab) => tab.handle(data)).catch(() => {
    toPage({ kind: "result", id: data.id, result: { error: "internal" } });
  });
};
self.addEventListener("online", () => void opened.then((tab) => tab.online()));
opened.catch((error: unknown) => {
  const code = error instanceof KringError ? error.code : error instanceof Error ? error.name : "internal";
  toPage({ kind: "state", state: "failed", error: code });
});
