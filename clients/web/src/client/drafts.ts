/* What is typed and not sent yet: kept by the machine, sealed, after a pause, and given back when its form is
 * opened again. COMMANDS.md §4b. */
import type { Commands, Kept, KeptScope, Questions } from "../core/commands.ts";
import type { Id, Time } from "../core/content.ts";
import type { Route } from "./router.ts";

/** What was filled in, by field. */
export type Fields = Readonly<Record<string, string>>;

/** What stands in the text that is kept: the fields, and the screen on which they were filled in. */
interface Written {
  readonly at: Route;
  readonly fields: Fields;
}

const isEmpty = (fields: Fields): boolean => Object.values(fields).every((value) => value.trim() === "");

/** undefined for what is no draft. */
export function writtenIn(text: string): Written | undefined {
  try {
    const { at, fields } = JSON.parse(text) as Partial<Written>;
    return at === undefined || fields === undefined ? undefined : { at, fields };
  } catch {
    return undefined;
  }
}

/** Both, and of words nothing lost; a choice is the later one. */
export function joined(first: Fields, then: Fields, words: string): Fields {
  const both = { ...first, ...Object.fromEntries(Object.entries(then).filter(([, value]) => value.trim() !== "")) };
  const [before = "", after = ""] = [first[words], then[words]];
  return before.trim() === "" || after.trim() === "" || before === after
    ? both : { ...both, [words]: `${before}\n\n${after}` };
}

export interface DraftState {
  /** false until what was kept has come. */
  readonly isReady: boolean;
  readonly fields: Fields;
  /** Of what was given back: when it was written, and why it was refused. */
  readonly back?: { readonly time: Time; readonly error?: string } | undefined;
  /** When it was kept last. */
  readonly kept?: Time | undefined;
  /** It could not be kept. */
  readonly isUnkept?: boolean;
}

interface DraftOf {
  readonly name: string;
  readonly scope: KeptScope;
  /** The field that holds words. */
  readonly words: string;
}

/** client.ts, as far as it is needed. */
interface DraftClient {
  command(name: "keep", fields: Commands["keep"]["fields"]): Promise<unknown>;
  ask(name: "kept", fields: Questions["kept"]["fields"]): Promise<Questions["kept"]["answer"]>;
}

const PAUSE_MS = 400;

export class DraftKeeper {
  private state: DraftState = { isReady: false, fields: {} };
  private at: Route;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Meanwhile nothing is kept under their name. */
  private sending: Fields | undefined;
  private isStopped = false;

  constructor(
    private readonly client: DraftClient,
    private readonly of: DraftOf,
    private readonly where: () => Route,
    private readonly onState: (state: DraftState) => void,
  ) {
    this.at = where();
  }

  async load(): Promise<void> {
    const kept = (await this.ask()).filter(({ text }) => writtenIn(text) !== undefined);
    const refused = kept.filter(({ op, error }) => op !== undefined && error !== undefined);
    const draft = kept.filter(({ op }) => op === undefined);
    const all = [...refused, ...draft];
    const last = all[all.length - 1];
    this.set({
      isReady: true,
      fields: all.map(({ text }) => writtenIn(text)?.fields ?? {})
        .concat(this.state.fields) // of who was quick
        .reduce((first, then) => joined(first, then, this.of.words), {}),
      back: last === undefined ? undefined : backOf(last, all.find(({ error }) => error !== undefined)?.error),
    });
    if (refused.length > 0) {
      await this.write(refused.map(({ op }) => op!));
    }
  }

  change(next: Fields): void {
    this.at = this.where();
    this.set({ fields: { ...this.state.fields, ...next } });
    clearTimeout(this.timer);
    this.timer = this.sending !== undefined ? undefined : setTimeout(() => this.save(), PAUSE_MS);
  }

  /** Now, if anything is not kept yet. */
  save(): void {
    if (this.timer !== undefined) {
      void this.write([]);
    }
  }

  /** `act` gives the name to the command that takes the words along. They stay on the screen until that is done,
   * unless the next ones are begun (clear); what is refused is there again. */
  async send<A>(act: (kept: string) => Promise<A>): Promise<A> {
    const sent = this.state.fields;
    // Commands are done in order: the words are kept before they are sent.
    void this.write([]);
    this.sending = sent;
    try {
      const answer = await act(this.of.name);
      if (this.sending === sent) {
        this.sending = undefined;
        await this.goOn(sent);
      }
      return answer;
    } catch (failure) {
      if (this.sending === sent) {
        this.sending = undefined;
        await this.takeBack({}); // they are still there
      } else {
        await this.takeBack(sent);
      }
      throw failure;
    }
  }

  /** For the next words; those that were sent are on their way. */
  clear(): void {
    this.sending = undefined;
    this.set({ fields: {}, back: undefined, kept: undefined });
  }

  discard(): void {
    this.clear();
    void this.write([]);
  }

  /** The form is left. */
  stop(): void {
    this.save();
    this.isStopped = true;
  }

  /** What was typed meanwhile stays. */
  private async goOn(sent: Fields): Promise<void> {
    if (this.state.fields === sent) {
      this.clear();
    } else if (!this.isStopped) {
      await this.write([]);
    }
  }

  /** What the machine keeps with the reason stays there when the form is gone. */
  private async takeBack(sent: Fields): Promise<void> {
    const kept = await this.ask();
    if (!this.isStopped) {
      this.set({ fields: joined(sent, this.state.fields, this.of.words) });
      await this.write(kept.flatMap(({ op, error }) => (op === undefined || error === undefined ? [] : [op])));
    }
  }

  private ask(): Promise<readonly Kept[]> {
    return this.client.ask("kept", { ...this.of.scope, name: this.of.name }).then(({ kept }) => kept, () => []);
  }

  /** In place of these, which were refused. */
  private async write(refused: readonly Id[]): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { name, scope } = this.of;
    const { fields } = this.state;
    const text = isEmpty(fields) ? "" : JSON.stringify({ at: this.at, fields } satisfies Written);
    try {
      await Promise.all((refused.length === 0 ? [{}] : refused.map((op) => ({ op })))
        .map((op) => this.client.command("keep", { ...scope, ...op, name, text })));
      this.wrote(fields, { kept: text === "" ? undefined : Date.now(), isUnkept: false });
    } catch {
      this.wrote(fields, { kept: undefined, isUnkept: text !== "" });
    }
  }

  /** Says nothing about what has changed since. */
  private wrote(fields: Fields, next: Partial<DraftState>): void {
    if (this.state.fields === fields) {
      this.set(next);
    }
  }

  private set(next: Partial<DraftState>): void {
    this.state = { ...this.state, ...next };
    if (!this.isStopped) {
      this.onState(this.state);
    }
  }
}

const backOf = ({ time }: Kept, error: string | undefined): NonNullable<DraftState["back"]> =>
  (error === undefined ? { time } : { time, error });
