// A professional with an inbox of his own, by the kring program alone.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const DEADLINE = { acknowledge: 3600, follow_up: 3600, continuous: true };

export class Inbox {
  /** In the relay's folder, which is removed with it. acknowledge: seconds until it is overdue. */
  static async make({ kring, kringctl }, relay, name, { acknowledge = 3600 } = {}) {
    const inbox = new Inbox();
    Object.assign(inbox, { kring, relay, name, folder: join(relay.folder, name) });
    await mkdir(inbox.folder);
    await inbox.file("pass", `passphrase of ${name}\n`);
    await inbox.ask("init", `ws://127.0.0.1:${relay.port}/kring`, "--relay", relay.name, "--name", name,
      "--app", "https://app.test/");
    const { stdout } = await run(kringctl, ["--socket", relay.control, "--json", "grant", "inbox"]);
    const code = await inbox.file("code", JSON.parse(stdout).code);
    const deadline = { ...DEADLINE, acknowledge };
    const settings = await inbox.file("settings.json", JSON.stringify({
      name, about: `Het team van ${name} leest elke dag.`, call: "0800-2000",
      deadlines: { danger_now: deadline, today: deadline, this_week: deadline, no_hurry: deadline },
    }));
    await inbox.ask("inbox", "new", settings, code);
    inbox.link = (await inbox.ask("inbox", "show")).link;
    return inbox;
  }

  /** What stands behind the address of the reporting page on its poster. */
  get fragment() {
    return new URL(this.link).hash;
  }

  async file(name, text) {
    const path = join(this.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** kring's answer as an object. */
  async ask(...words) {
    const { stdout } = await run(this.kring, ["--json", "--keystore", join(this.folder, "keystore"),
      "--passphrase-file", join(this.folder, "pass"), ...words],
    { timeout: TIMEOUT_MS, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", HOME: "/nonexistent" } });
    const lines = stdout.trim().split("\n");
    return lines.at(-1) === "" ? {} : JSON.parse(lines.at(-1));
  }

  cases() {
    return this.ask("cases").then(({ cases }) => cases);
  }
}
