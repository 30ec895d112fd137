/* The page's side of the worker: commands and questions as promises, what is told as events. */
import type {
  Answer, CommandName, Fields, QuestionAnswer, QuestionFields, QuestionName, Refusal, Tell,
} from "../core/commands.ts";
import type { PageMessage, TabState, WorkerMessage } from "../host/messages.ts";

/** A command or question was refused. `code` is one of COMMANDS.md, or "interrupted": the tab that
 * was asked has ended, what became of a command is in the outbox. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    text: string,
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

export interface ClientState {
  readonly tab: TabState;
  readonly error?: string;
}

type Unsubscribe = () => void;
type Unnumbered<M> = M extends { id: number } ? Omit<M, "id"> : never;

export class Client {
  private current: ClientState = { tab: "starting" };
  private lastId = 0;
  private readonly waiting = new Map<number, (result: unknown) => void>();
  private readonly onState = new Set<(state: ClientState) => void>();
  private readonly onTell = new Set<(tell: Tell) => void>();

  constructor(private readonly port: WorkerPort) {
    port.onmessage = ({ data }) => this.onMessage(data);
  }

  get state(): ClientState {
    return this.current;
  }

  // ---- The keystore; TabState says which of these comes next ----

  create(passphrase: string): Promise<void> {
    return this.send({ kind: "create", passphrase }) as Promise<never>;
  }

  /** Refused with "passphrase" if it is another. */
  unlock(passphrase: string): Promise<void> {
    return this.send({ kind: "unlock", passphrase }) as Promise<never>;
  }

  changePassphrase(passphrase: string, next: string): Promise<void> {
    return this.send({ kind: "change", passphrase, next }) as Promise<never>;
  }

  lock(): Promise<void> {
    return this.send({ kind: "lock" }) as Promise<never>;
  }

  /** Everything on this device is gone. Then reload. */
  wipe(): Promise<void> {
    return this.send({ kind: "wipe" }) as Promise<never>;
  }

  // ---- The machine ----

  command<K extends CommandName>(name: K, fields: Fields<K>): Promise<Answer<K>> {
    return this.send({ kind: "command", command: { do: name, ...fields } }) as Promise<Answer<K>>;
  }

  ask<K extends QuestionName>(name: K, fields: QuestionFields<K>): Promise<QuestionAnswer<K>> {
    return this.send({ kind: "ask", question: { ask: name, ...fields } }) as
      Promise<QuestionAnswer<K>>;
  }

  subscribe(listener: (state: ClientState) => void): Unsubscribe {
    this.onState.add(listener);
    return () => this.onState.delete(listener);
  }

  listen(listener: (tell: Tell) => void): Unsubscribe {
    this.onTell.add(listener);
    return () => this.onTell.delete(listener);
  }

  private send(message: Unnumbered<PageMessage>): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (result) => {
        const refusal = result as Partial<Refusal>;
        if (typeof refusal.error === "string") {
          reject(new Refused(refusal.error, refusal.text ?? refusal.error));
        } else {
          resolve(result);
        }
      });
      this.port.postMessage({ id, ...message } as PageMessage);
    });
  }

  private onMessage(message: WorkerMessage): void {
    switch (message.kind) {
      case "state":
        this.current = message.error === undefined
          ? { tab: message.state }
          : { tab: message.state, error: message.error };
        this.onState.forEach((listener) => listener(this.current));
        break;
      case "result":
        this.waiting.get(message.id)?.(message.result);
        this.waiting.delete(message.id);
        break;
      case "tell":
        this.onTell.forEach((listener) => listener(message.tell as Tell));
        break;
    }
  }
}
