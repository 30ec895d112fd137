/* What the leading tab runs: the machine on its keystore, with a connection and a timer. */
import type { Bytes } from "../core/bytes.ts";
import type { Tell } from "../core/commands.ts";
import type { RecordChange } from "../core/machine.ts";
import type { Keystore } from "./keystore.ts";
import type { Request } from "./messages.ts";
import { renewalOf } from "./renewal.ts";
import { type RunnableMachine, Runner, type RunnerHost } from "./runner.ts";
import { Timer } from "./timer.ts";
import { Transport } from "./transport.ts";
import type { VaultKeys } from "./vault.ts";

/** machine.ts, which is given its records first. */
export interface LoadableMachine extends RunnableMachine {
  load(name: string, value: Bytes): void;
}

interface LeaderEvents {
  tell(tell: unknown): void;
  stopped(code: string): void;
}

export class Leader implements RunnerHost {
  private readonly runner: Runner;
  private readonly transport: Transport;
  private readonly timer: Timer;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private lastCommand = 0;

  private constructor(
    machine: RunnableMachine,
    private readonly keystore: Keystore,
    private readonly keys: VaultKeys,
    private readonly fence: number,
    private readonly events: LeaderEvents,
  ) {
    this.runner = new Runner(machine, this);
    this.transport = new Transport({
      connected: () => this.runner.input({ kind: "connected" }),
      message: (data) => this.runner.input({ kind: "message", data }),
      disconnected: (code) => this.runner.input({ kind: "disconnected", code }),
    });
    this.timer = new Timer(() => this.runner.input({ kind: "timer" }));
  }

  /** Takes the keystore over from whoever led before. KringError as kr_core_load has it. */
  static async start(
    machine: LoadableMachine,
    keystore: Keystore,
    keys: VaultKeys,
    events: LeaderEvents,
  ): Promise<Leader> {
    const fence = await keystore.takeFence();
    await keystore.load(keys, (name, value) => machine.load(name, value));
    const leader = new Leader(machine, keystore, keys, fence, events);
    leader.runner.input({ kind: "start" });
    return leader;
  }

  handle(request: Request): Promise<unknown> {
    return new Promise((resolve) => {
      if (request.kind === "ask") {
        resolve(this.runner.query(request.question));
        return;
      }
      const id = ++this.lastCommand;
      this.waiting.set(id, resolve);
      this.runner.input({ kind: "command", id, command: request.command });
    });
  }

  /** The network is back. */
  online(): void {
    this.runner.input({ kind: "online" });
  }

  stop(code: string): void {
    this.runner.stop(code);
  }

  // RunnerHost, for runner.ts

  now(): number {
    return Date.now();
  }

  store(changes: readonly RecordChange[]): Promise<void> {
    return this.keystore.write(this.keys, this.fence, changes);
  }

  connect(url: string): void {
    this.transport.connect(url);
  }

  send(data: string | Bytes): void {
    this.transport.send(data);
  }

  disconnect(): void {
    this.transport.disconnect();
  }

  setTimer(time: number | undefined): void {
    this.timer.set(time);
  }

  answer(id: number, answer: unknown): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  tell(tell: unknown): void {
    const renewal = renewalOf(tell as Tell, this.now());
    if (renewal !== undefined) {
      // Not in the middle of what the machine gives out.
      queueMicrotask(() => void this.handle({ kind: "command", command: renewal }));
    }
    this.events.tell(tell);
  }

  stopped(code: string): void {
    for (const resolve of this.waiting.values()) {
      resolve({ error: "interrupted" });
    }
    this.waiting.clear();
    this.events.stopped(code);
  }
}
