// The app's client without a browser: the WebAssembly machine in Node, its records in memory. What
// goes into the machine and comes out of it is written down, so that another build can be held
// against it (trace.c).
import { WebSocket } from "ws";

import { source, wasm } from "./source.mjs";

/** As a browser's: who does not listen to errors is not ended by one. */
class QuietWebSocket extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    this.on("error", () => {});
  }
}

globalThis.WebSocket ??= QuietWebSocket;

const { WasmModule, systemEntropy } = await source("src/core/wasm.ts");
const { Machine } = await source("src/core/machine.ts");
const { Runner } = await source("src/host/runner.ts");
const { Transport } = await source("src/host/transport.ts");
const { Timer } = await source("src/host/timer.ts");
const compiled = await wasm("kring");

const hex = (bytes) => (bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex"));
const KR_CORE_STORE = 1;
const SETTLE_MS = 180_000;

/** A line for each thing that crosses the machine's edge, in the form that trace.c reads. */
class Trace {
  lines = [];

  /** Listens to what the wrapper calls. */
  attach(module) {
    const call = module.call.bind(module);
    module.call = (name, ...args) => this[name]?.(module, call, name, ...args) ?? call(name, ...args);
  }

  web_core_load(module, call, name, core, key, keyLength, value, valueLength) {
    this.lines.push(`load ${hex(module.view(key, keyLength))} ${hex(module.view(value, valueLength))}`);
    return call(name, core, key, keyLength, value, valueLength);
  }

  web_core_input(module, call, name, core, kind, id, bytes, length, isText, code, now) {
    const given = hex(module.view(bytes, length));
    const err = call(name, core, kind, id, bytes, length, isText, code, now);
    // The entropy that it drew was written down meanwhile, and has to be there before.
    this.lines.push(`in ${kind} ${id} ${isText} ${code} ${now} ${err} ${given}`);
    return err;
  }

  web_core_output(module, call, name, core, out) {
    const more = call(name, core, out);
    if (more === 0) {
      this.lines.push("none");
      return more;
    }
    const fields = module.dataView(out, 40);
    const at = (offset) => fields.getUint32(offset, true);
    const kind = at(16);
    const parts = ["out", kind, fields.getFloat64(0, true), at(20), fields.getFloat64(8, true),
      hex(module.view(at(24), at(28)))];
    if (kind === KR_CORE_STORE) {
      for (let record = at(32); record < at(32) + 20 * at(36); record += 20) {
        const view = module.dataView(record, 20);
        const bytes = (offset) => hex(module.view(view.getUint32(offset, true), view.getUint32(offset + 4, true)));
        parts.push(`${bytes(0)}${view.getUint8(16) === 0 ? `=${bytes(8)}` : "!"}`);
      }
    }
    this.lines.push(parts.join(" "));
    return more;
  }

  web_core_query(module, call, name, core, question, length, now, answer) {
    const asked = hex(module.view(question, length));
    const err = call(name, core, question, length, now, answer);
    const fields = module.dataView(answer, 8);
    const given = hex(module.view(fields.getUint32(0, true), fields.getUint32(4, true)));
    this.lines.push(`ask ${now} ${asked} ${given}`);
    return err;
  }

  entropy(bytes) {
    this.lines.push(`rng ${hex(bytes)}`);
  }
}

export class Person {
  records = new Map();
  trace = new Trace();
  tells = [];
  waiting = new Map();
  lastCommand = 0;

  static async start(name) {
    const person = new Person();
    person.name = name;
    await person.open();
    return person;
  }

  async open() {
    let isOpen = false; // libsodium's own draw, when it starts, is not the machine's
    const module = await WasmModule.load(compiled, (into) => {
      systemEntropy(into);
      if (isOpen) {
        this.trace.entropy(into);
      }
    });
    isOpen = true;
    this.trace.lines.push("new");
    this.trace.attach(module);
    const machine = new Machine(module, "core");
    for (const [key, value] of this.records) {
      machine.load(key, value);
    }
    this.transport = new Transport({
      connected: () => this.runner.input({ kind: "connected" }),
      message: (data) => this.runner.input({ kind: "message", data }),
      disconnected: (code) => this.runner.input({ kind: "disconnected", code }),
    });
    this.timer = new Timer(() => this.runner.input({ kind: "timer" }));
    this.runner = new Runner(machine, {
      now: () => Date.now(),
      store: async (changes) => {
        for (const { key, value } of changes) {
          value === null ? this.records.delete(key) : this.records.set(key, value);
        }
      },
      connect: (url) => this.transport.connect(url),
      send: (data) => this.transport.send(data),
      disconnect: () => this.transport.disconnect(),
      setTimer: (time) => this.timer.set(time),
      answer: (id, answer) => {
        this.waiting.get(id)?.(answer);
        this.waiting.delete(id);
      },
      tell: (tell) => this.tells.push(tell),
      stopped: (code) => {
        this.stopped = code;
      },
    });
    this.runner.input({ kind: "start" });
  }

  /** The answer of a command; throws when it is refused. */
  async do(name, fields = {}) {
    const id = ++this.lastCommand;
    const answer = await Promise.race([
      new Promise((resolve) => {
        this.waiting.set(id, resolve);
        this.runner.input({ kind: "command", id, command: { do: name, ...fields } });
      }),
      new Promise((_, reject) => setTimeout(() => reject(new Error(
        `${this.name}: ${name} is not answered; ${JSON.stringify(this.tells.slice(-5))}`)), SETTLE_MS).unref()),
    ]);
    if (answer.error !== undefined) {
      throw new Error(`${this.name}: ${name}: ${answer.error}: ${answer.text}`);
    }
    return answer;
  }

  ask(name, fields = {}) {
    return this.runner.query({ ask: name, ...fields });
  }

  /** Until the answer to a question is as wanted. */
  async until(question, fields, isWanted) {
    for (let waited = 0; waited < SETTLE_MS; waited += 20) {
      const answer = this.ask(question, fields);
      if (isWanted(answer)) {
        return answer;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name}: ${question} stays ${JSON.stringify(this.ask(question, fields))}`);
  }

  /** As a tab that is killed: what is stored is all that is left. */
  async kill() {
    this.transport.disconnect();
    this.timer.set(undefined);
    this.runner.stop("killed");
    this.waiting.clear();
  }

  async restart() {
    await this.kill();
    await this.open();
  }
}
