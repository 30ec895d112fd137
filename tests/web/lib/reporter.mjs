// Somebody who tells a professional something, by the kring program, with a home of their own each time.
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const SIGNAL = {
  kind: "anonymous", urgency: "this_week", category: "violence", at_risk: ["child"], ages: [4, null],
  how_often: "weekly", danger_now: "no", weapons: "unknown", family_knows: "no", street: "Lange Laan",
  number: 12, postcode: "1234AB", town: "Ons Dorp", seen: "Ik hoor elke avond slaan.", reach: "receipt",
  origin: "poster", language: "nl",
};

export class Reporter {
  constructor({ kring }, relay) {
    Object.assign(this, { kring, relay });
  }

  /** The answers of a command, one object a line. */
  async ask(words, stdin = "") {
    const home = await mkdtemp(join(this.relay.folder, "home-"));
    const url = `ws://127.0.0.1:${this.relay.port}/kring`;
    const running = spawn(this.kring, ["--json", ...words, "--url", url, "--relay", this.relay.name],
      { cwd: home, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", HOME: home }, timeout: 120_000 });
    let [out, wrong] = ["", ""];
    running.stdout.on("data", (data) => {
      out += data;
    });
    running.stderr.on("data", (data) => {
      wrong += data;
    });
    running.stdin.end(stdin);
    const code = await new Promise((resolve) => running.once("close", resolve));
    if (code !== 0) {
      throw new Error(`kring ${words.join(" ")}: ${code}\n${out}${wrong}`);
    }
    return out.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** `changes` to SIGNAL; undefined leaves a field out. */
  async send(inbox, changes = {}) {
    const poster = join(this.relay.folder, "poster");
    const signal = join(this.relay.folder, "signal.json");
    await writeFile(poster, inbox.link);
    await writeFile(signal, JSON.stringify({ signal: { ...SIGNAL, ...changes } }));
    const lines = await this.ask(["signal", "--inbox", poster, "--from", signal]);
    this.receipt = lines.find((line) => "receipt" in line).receipt;
    return lines.at(-1);
  }

  /** The case as it stands after that. */
  async back(words = [], say = "") {
    return (await this.ask(["return", ...words], `${this.receipt}\n${say}`)).at(-1);
  }

  /** What professionals said, in order. */
  async hears() {
    return (await this.back()).timeline.flatMap(({ text, by }) => (text === undefined || by === "reporter" ? [] : [text]));
  }
}
