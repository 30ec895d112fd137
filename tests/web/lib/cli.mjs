// People on the command line: kring with a keystore each, as tests/scenario has them.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const SYNCS_MAX = 300;

export class CliPerson {
  constructor({ kring, kringctl }, relay, name) {
    Object.assign(this, { kring, kringctl, relay, name });
    this.keystore = join(relay.folder, `${name}.keys`);
    this.passphrase = join(relay.folder, `${name}.pass`);
  }

  get url() {
    return `ws://127.0.0.1:${this.relay.port}/kring`;
  }

  /** The answer of a command as an object; what is secret goes in on standard input. */
  async ask(words, stdin = "") {
    const running = run(this.kring,
      ["--json", "--keystore", this.keystore, "--passphrase-file", this.passphrase, ...words],
      { timeout: TIMEOUT_MS, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", HOME: "/nonexistent" } });
    running.child.stdin.end(stdin);
    const { stdout } = await running;
    return JSON.parse(stdout.trim().split("\n").pop());
  }

  async begin() {
    await writeFile(this.passphrase, `passphrase of ${this.name}\n`, { mode: 0o600 });
  }

  /** Founds a neighbourhood alone, with a code of the operator. */
  async found(community) {
    await this.begin();
    await this.ask(["init", this.url, "--relay", this.relay.name, "--name", this.name,
      "--app", `${this.relay.origin}/join`]);
    const { stdout } = await run(this.kringctl, ["--socket", this.relay.control, "--json", "grant", "community"]);
    return this.ask(["found", community], `${JSON.parse(stdout).code}\n`);
  }

  async join(link, note) {
    await this.begin();
    return this.ask(["join", "-", "--url", this.url, "--name", this.name, "--note", note], link);
  }

  /** Connects again and again: others answer in between. */
  async syncUntil(isDone) {
    for (let turn = 0; turn < SYNCS_MAX; turn++) {
      await this.ask(["sync"]);
      if (await isDone()) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${this.name} has synced ${SYNCS_MAX} times`);
  }

  async feed() {
    const { messages } = await this.ask(["feed", "--show", "all"]);
    return messages;
  }
}
