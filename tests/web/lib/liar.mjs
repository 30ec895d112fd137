// A relay that lies: liar.py stands between people and the relay, at an address for each of them.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { root } from "./source.mjs";

export class Liar {
  constructor(relay) {
    this.process = spawn("python3", [`${root}tests/web/liar.py`, String(relay.port)],
      { stdio: ["pipe", "pipe", "inherit"] });
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** Somebody's address. What they are told there from now on, by the names in liar.py: who is connected
   * connects again. */
  async tell(name, ...lies) {
    this.process.stdin.write(`${JSON.stringify({ to: name, lies })}\n`);
    const { value, done } = await this.answers.next();
    if (done) {
      throw new Error("the liar has ended");
    }
    return `127.0.0.1:${JSON.parse(value).port}`;
  }

  async close() {
    const ended = new Promise((resolve) => this.process.once("close", resolve));
    this.process.stdin.end();
    await ended;
  }
}
