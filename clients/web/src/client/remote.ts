/* A machine in a worker: commands and questions as promises, what is told as events. */
import type { Refusal } from "../core/commands.ts";
import type { PageMessage, WorkerMessage } from "../host/messages.ts";

/** A command or question was refused. `code` is one of COMMANDS.md, or "interrupted": the tab that
 * was asked has ended, what became of a command is in the outbox. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    text: string,
    /** Which field of the command is wrong, where the machine says so. */
    readonly field?: string,
  ) {
    super(text);
    this.name = "Refused";
  }
}

/** A Worker, or something that behaves like one. */
export interface WorkerPort {
  postMessage(message: PageMessage): void;
  onmessage: ((event: MessageEvent<WorkerMessage>) => unknown) | null;
}

/** For each name its fields and its answer, as in commands.ts. */
export type Verbs<V> = { readonly [K in keyof V]: { fields: object; answer: object } };

export type Unsubscribe = () => void;
type Unnumbered<M> = M extends { id: number } ? Omit<M, "id"> : never;

export class Remote<C extends Verbs<C>, Q extends Verbs<Q>, T> {
  private lastId = 0;
  private readonly waiting = new Map<number, (result: unknown) => void>();
  private readonly onTell = new Set<(tell: T) => void>();
  private failure: string | undefined;

  constructor(private readonly port: WorkerPort) {
    port.onmessage = ({ data }) => this.onMessage(data);
  }

  command<K extends keyof C & string>(name: K, fields: C[K]["fields"]): Promise<C[K]["answer"]> {
    return this.send({ kind: "command", command: { do: name, ...fields } }) as
      Promise<C[K]["answer"]>;
  }

  ask<K extends keyof Q & string>(name: K, fields: Q[K]["fields"]): Promise<Q[K]["answer"]> {
    return this.send({ kind: "ask", question: { ask: name, ...fields } }) as
      Promise<Q[K]["answer"]>;
  }

  listen(listener: (tell: T) => void): Unsubscribe {
    this.onTell.add(listener);
    return () => this.onTell.delete(listener);
  }

  /** The worker is not there: what was asked will never be answered, and nothing more is asked. */
  fail(code: string): void {
    this.failure = code;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    waiting.forEach((settle) => settle({ error: code }));
  }

  protected send(message: Unnumbered<PageMessage>): Promise<unknown> {
    if (this.failure !== undefined) {
      return Promise.reject(new Refused(this.failure, this.failure));
    }
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (result) => {
        const refusal = result as Partial<Refusal>;
        if (typeof refusal.error === "string") {
          reject(new Refused(refusal.error, refusal.text ?? refusal.error, refusal.field));
        } else {
          resolve(result);
        }
      });
      this.port.postMessage({ id, ...message } as PageMessage);
    });
  }

  protected onMessage(message: WorkerMessage): void {
    if (message.kind === "result") {
      this.waiting.get(message.id)?.(message.result);
      this.waiting.delete(message.id);
    } else if (message.kind === "tell") {
      this.onTell.forEach((listener) => listener(message.tell as T));
    }
  }
}
