/* The worker of the reporting page: the reporter's machine, a connection of its own, and nothing that
 * keeps anything. It ends with the page, or when the page ends it. */
import { Machine } from "../core/machine.ts";
import { WasmModule, compile } from "../core/wasm.ts";
import type { PageMessage, WorkerMessage } from "./messages.ts";
import { Runner } from "./runner.ts";
import { Timer } from "./timer.ts";
import { Transport } from "./transport.ts";

/** Put in by build.mjs. */
declare const KRING_WASM: string;

const toPage = (message: WorkerMessage): void => self.postMessage(message);

async function open(): Promise<Runner> {
  const module = await WasmModule.load(await compile(KRING_WASM));
  const transport = new Transport({
    connected: () => runner.input({ kind: "connected" }),
    message: (data) => runner.input({ kind: "message", data }),
    disconnected: (code) => runner.input({ kind: "disconnected", code }),
  });
  const timer = new Timer(() => runner.input({ kind: "timer" }));
  const runner: Runner = new Runner(new Machine(module, "report"), {
    now: () => Date.now(),
    store: () => Promise.reject(new Error("a reporter's machine stores nothing")),
    connect: (url) => transport.connect(url),
    send: (data) => transport.send(data),
    disconnect: () => transport.disconnect(),
    setTimer: (time) => timer.set(time),
    answer: (id, result) => toPage({ kind: "result", id, result }),
    tell: (tell) => toPage({ kind: "tell", tell }),
    stopped: (error) => toPage({ kind: "state", state: "failed", error }),
  });
  return runner;
}

// The page may speak before the machine is there.
const opened = open();

async function handle(message: PageMessage): Promise<void> {
  const runner = await opened;
  if (message.kind === "command") {
    runner.input({ kind: "command", id: message.id, command: message.command });
  } else if (message.kind === "ask") {
    toPage({ kind: "result", id: message.id, result: runner.query(message.question) });
  }
}

self.onmessage = ({ data }: MessageEvent<PageMessage>) => {
  handle(data).catch(() => toPage({ kind: "result", id: data.id, result: { error: "unreachable" } }));
};
self.addEventListener("online", () => void opened.then((runner) => runner.input({ kind: "online" })));
