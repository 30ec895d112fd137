/* The app's side of its worker: the machine of COMMANDS.md §1 to §9, and the keystore. */
import type { Commands, Questions, Tell } from "../core/commands.ts";
import type { TabState, WorkerMessage } from "../host/messages.ts";
import { Remote, type Unsubscribe } from "./remote.ts";

export interface ClientState {
  readonly tab: TabState;
  readonly error?: string;
}

export class Client extends Remote<Commands, Questions, Tell> {
  private current: ClientState = { tab: "starting" };
  private readonly onState = new Set<(state: ClientState) => void>();

  get state(): ClientState {
    return this.current;
  }

  subscribe(listener: (state: ClientState) => void): Unsubscribe {
    this.onState.add(listener);
    return () => this.onState.delete(listener);
  }

  // The keystore; TabState says which of these comes next.

  async create(passphrase: string): Promise<void> {
    await this.send({ kind: "create", passphrase });
  }

  /** Refused with "passphrase" if it is another. */
  async unlock(passphrase: string): Promise<void> {
    await this.send({ kind: "unlock", passphrase });
  }

  async changePassphrase(passphrase: string, next: string): Promise<void> {
    await this.send({ kind: "change", passphrase, next });
  }

  /** In all tabs. */
  async lock(): Promise<void> {
    await this.send({ kind: "lock" });
  }

  /** Everything on this device is gone. Then reload. */
  async wipe(): Promise<void> {
    await this.send({ kind: "wipe" });
  }

  override fail(code: string): void {
    super.fail(code);
    this.setState({ tab: "failed", error: code });
  }

  protected override onMessage(message: WorkerMessage): void {
    if (message.kind !== "state") {
      super.onMessage(message);
      return;
    }
    this.setState(message.error === undefined
      ? { tab: message.state }
      : { tab: message.state, error: message.error });
  }

  private setState(state: ClientState): void {
    this.current = state;
    this.onState.forEach((listener) => listener(state));
  }
}
