/* Drives the machine: gives it what happened and does what it asks for, in its order. */
import type { Bytes } from "../core/bytes.ts";
import type { Input, Output, RecordChange } from "../core/machine.ts";
import { KringError } from "../core/wasm.ts";

/** machine.ts, or something that behaves like it. */
export interface RunnableMachine {
  input(input: Input, now: number): void;
  nextOutput(): Output | undefined;
  query(question: object, now: number): unknown;
  free(): void;
}

export interface RunnerHost {
  now(): number;
  /** All changes or none, on the disk when it resolves. */
  store(changes: readonly RecordChange[]): Promise<void>;
  connect(url: string): void;
  send(data: string | Bytes): void;
  disconnect(): void;
  /** At a time, once; takes the place of the earlier one. undefined: not at all. */
  setTimer(time: number | undefined): void;
  answer(id: number, answer: unknown): void;
  tell(tell: unknown): void;
  /** The machine is gone: what was held back was not promised, load what is stored. */
  stopped(code: string): void;
}

export class Runner {
  private isStopped = false;
  private writes: Promise<void> = Promise.resolve();

  constructor(
    private readonly machine: RunnableMachine,
    private readonly host: RunnerHost,
  ) {}

  input(input: Input): void {
    if (this.isStopped) {
      return;
    }
    try {
      this.machine.input(input, this.host.now());
      for (let output = this.machine.nextOutput(); output; output = this.machine.nextOutput()) {
        this.perform(output);
      }
    } catch (error) {
      this.stop(error instanceof KringError ? error.code : "internal");
    }
  }

  query(question: object): unknown {
    return this.isStopped ? { error: "state" } : this.machine.query(question, this.host.now());
  }

  /** Ends it from outside; nothing comes of what is under way. */
  stop(code: string): void {
    if (!this.isStopped) {
      this.isStopped = true;
      this.host.disconnect();
      this.host.setTimer(undefined);
      this.machine.free();
      this.host.stopped(code);
    }
  }

  private perform(output: Output): void {
    switch (output.kind) {
      case "store":
        this.store(output.id, output.records);
        break;
      case "connect":
        this.host.connect(output.url);
        break;
      case "send":
        this.host.send(output.data);
        break;
      case "disconnect":
        this.host.disconnect();
        break;
      case "timerAt":
        this.host.setTimer(output.time === 0 ? undefined : output.time);
        break;
      case "answer":
        this.host.answer(output.id, output.answer);
        break;
      case "tell":
        this.host.tell(output.tell);
        break;
    }
  }

  /** Records are written in the order in which the machine gave them out. */
  private store(id: number, records: readonly RecordChange[]): void {
    this.writes = this.writes.then(async () => {
      if (this.isStopped) {
        return;
      }
      try {
        await this.host.store(records);
      } catch (error) {
        this.input({ kind: "storeFailed", id });
        this.stop(error instanceof KringError ? error.code : "store_io");
        return;
      }
      this.input({ kind: "stored", id });
    });
  }
}
