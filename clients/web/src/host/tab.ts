/* One tab of the app, seen from its worker: opens the keystore, leads or follows, and passes
 * requests on to where the machine runs. worker.ts joins it to the browser. */
import { PASSPHRASE_COST } from "../core/derive.ts";
import { KringError } from "../core/wasm.ts";
import type { Election } from "./election.ts";
import type { Keystore } from "./keystore.ts";
import { Leader, type LoadableMachine } from "./leader.ts";
import type { PageMessage, Request, TabMessage, TabState, WorkerMessage } from "./messages.ts";
import {
  type Derive, type VaultHeader, type VaultKeys, changePassphrase, createVault, openVault,
} from "./vault.ts";

/** BroadcastChannel, where there is one. It does not hear itself. */
export interface Channel {
  post(message: TabMessage): void;
  onMessage: (message: TabMessage) => void;
}

interface TabHost {
  readonly keystore: Keystore;
  readonly election: Election;
  readonly channel: Channel | undefined;
  readonly derive: Derive;
  newMachine(): LoadableMachine;
  toPage(message: WorkerMessage): void;
}

/** A request that was passed on to the leader. */
interface Passed {
  readonly request: Request;
  readonly resolve: (result: unknown) => void;
}

/** Without channels a tab that waits this long for the lead says that another has it. */
const ELSEWHERE_MS = 1500;

export class Tab {
  private readonly name = Math.random().toString(36).slice(2);
  private state: TabState = "starting";
  private header: VaultHeader | undefined;
  private keys: VaultKeys | undefined;
  private leader: Leader | undefined;
  private isElected = false;
  /** The tab that leads, if it is another. */
  private followed: string | undefined;
  private readonly passed = new Map<number, Passed>();
  private lastPassed = 0;

  constructor(private readonly host: TabHost) {
    host.election.onLost = () => this.loseLead();
    if (host.channel !== undefined) {
      host.channel.onMessage = (message) => void this.onTabMessage(message);
    }
  }

  async start(): Promise<void> {
    this.header = await this.host.keystore.header();
    if (this.header === undefined) {
      this.setState("empty");
    } else if (this.header.isOpen) {
      this.use(await openVault(this.host.derive, this.header, ""));
    } else {
      this.setState("locked");
      this.host.channel?.post({ kind: "who", from: this.name });
    }
  }

  /** The page's messages, one result each; a refusal is {error}. */
  async handle(message: PageMessage): Promise<void> {
    let result: unknown;
    try {
      result = await this.perform(message);
    } catch (error) {
      result = { error: error instanceof KringError ? error.code : "internal" };
    }
    this.host.toPage({ kind: "result", id: message.id, result });
  }

  online(): void {
    this.leader?.online();
  }

  private async perform(message: PageMessage): Promise<unknown> {
    switch (message.kind) {
      case "command":
        return this.request({ kind: "command", command: message.command });
      case "ask":
        return this.request({ kind: "ask", question: message.question });
      case "create":
        return this.create(message.passphrase);
      case "unlock":
        return this.unlock(message.passphrase);
      case "change":
        return this.change(message.passphrase, message.next);
      case "lock":
        this.host.channel?.post({ kind: "locked" });
        return this.lock();
      case "wipe":
        this.host.channel?.post({ kind: "wiped" });
        return this.wipe();
    }
  }

  // ---- The keystore ----

  private async create(passphrase: string): Promise<object> {
    if (this.header !== undefined) {
      throw new KringError("exists");
    }
    const { header, keys } = await createVault(this.host.derive, passphrase, PASSPHRASE_COST);
    await this.host.keystore.putHeader(header);
    this.header = header;
    this.use(keys);
    return { ok: true };
  }

  private async unlock(passphrase: string): Promise<object> {
    if (this.header === undefined || this.keys !== undefined) {
      throw new KringError("state");
    }
    this.use(await openVault(this.host.derive, this.header, passphrase));
    return { ok: true };
  }

  private async change(passphrase: string, next: string): Promise<object> {
    if (this.header === undefined) {
      throw new KringError("state");
    }
    this.header = await changePassphrase(
      this.host.derive, this.header, passphrase, next, PASSPHRASE_COST);
    await this.host.keystore.putHeader(this.header);
    return { ok: true };
  }

  private lock(): object {
    this.keys = undefined;
    this.leader?.stop("locked");
    this.host.election.resign();
    this.interruptPassed();
    this.setState(this.header === undefined ? "empty" : "locked");
    return { ok: true };
  }

  private async wipe(): Promise<object> {
    this.leader?.stop("wiped");
    this.keys = undefined;
    this.header = undefined;
    this.host.election.resign();
    await this.host.keystore.wipe();
    this.setState("failed", "wiped");
    return { ok: true };
  }

  /** From now on the records can be read: this tab leads, or follows who answers that it does. */
  private use(keys: VaultKeys): void {
    this.keys = keys;
    this.setState("opening");
    void this.host.election.lead().then(() => this.startLeading(keys));
    if (this.host.channel === undefined) {
      setTimeout(() => this.state === "opening" && !this.isElected && this.setState("elsewhere"), ELSEWHERE_MS);
    } else {
      this.host.channel.post({ kind: "who", from: this.name });
    }
  }

  // ---- Leading ----

  private async startLeading(keys: VaultKeys): Promise<void> {
    this.isElected = true;
    this.setState("opening");
    try {
      this.leader = await Leader.start(this.host.newMachine(), this.host.keystore, keys, {
        tell: (tell) => {
          this.host.toPage({ kind: "tell", tell });
          this.host.channel?.post({ kind: "tell", tell });
        },
        stopped: (code) => this.onStopped(code),
      });
    } catch (error) {
      this.setState("failed", error instanceof KringError ? error.code : "internal");
      return;
    }
    this.setState("leading");
    this.host.channel?.post({ kind: "leader", from: this.name, keys });
    this.repeatPassed();
  }

  private onStopped(code: string): void {
    this.leader = undefined;
    this.isElected = false;
    if (code !== "locked" && code !== "wiped" && code !== "lost") {
      this.host.election.resign();
      this.setState("failed", code);
    }
  }

  private loseLead(): void {
    this.leader?.stop("lost");
    if (this.keys !== undefined) {
      this.use(this.keys);
    }
  }

  // ---- Requests ----

  private request(request: Request): Promise<unknown> {
    if (this.leader !== undefined) {
      return this.leader.handle(request);
    }
    if (this.state !== "following") {
      throw new KringError("state");
    }
    return new Promise((resolve) => {
      const id = ++this.lastPassed;
      this.passed.set(id, { request, resolve });
      this.host.channel?.post({ kind: "request", from: this.name, id, request });
    });
  }

  private interruptPassed(): void {
    for (const { resolve } of this.passed.values()) {
      resolve({ error: "interrupted" });
    }
    this.passed.clear();
  }

  /** Whoever led is gone, and with it what it was asked. Questions are asked again; whether a
   * command was kept is in the outbox, and doing it twice would be worse than saying so. */
  private repeatPassed(): void {
    const passed = [...this.passed.values()];
    this.passed.clear();
    for (const { request, resolve } of passed) {
      if (request.kind === "ask" && this.keys !== undefined) {
        void this.request(request).then(resolve);
      } else {
        resolve({ error: "interrupted" });
      }
    }
  }

  private async onTabMessage(message: TabMessage): Promise<void> {
    switch (message.kind) {
      case "who":
        if (this.keys !== undefined) {
          const kind = this.leader === undefined ? "keys" : "leader";
          this.host.channel?.post({ kind, from: this.name, keys: this.keys });
        }
        break;
      case "keys":
        await this.takeKeys(message.keys);
        break;
      case "leader":
        await this.takeKeys(message.keys);
        if (!this.isElected && (this.state !== "following" || this.followed !== message.from)) {
          this.setState("following");
          this.followed = message.from;
          this.repeatPassed();
        }
        break;
      case "request":
        if (this.leader !== undefined) {
          const result = await this.leader.handle(message.request);
          this.host.channel?.post({ kind: "response", to: message.from, id: message.id, result });
        }
        break;
      case "response":
        if (message.to === this.name) {
          this.passed.get(message.id)?.resolve(message.result);
          this.passed.delete(message.id);
        }
        break;
      case "tell":
        this.host.toPage({ kind: "tell", tell: message.tell });
        break;
      case "locked":
        this.lock();
        break;
      case "wiped":
        this.lock();
        this.host.keystore.close();
        this.setState("failed", "wiped");
        break;
    }
  }

  /** Another tab has them: nobody has to open the app twice. */
  private async takeKeys(keys: VaultKeys): Promise<void> {
    if (this.keys === undefined) {
      this.header = await this.host.keystore.header();
      this.use(keys);
    }
  }

  private setState(state: TabState, error?: string): void {
    this.state = state;
    this.host.toPage(error === undefined ? { kind: "state", state } : { kind: "state", state, error });
  }
}
