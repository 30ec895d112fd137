// The other end of peer.c: a Kring program that answers one JSON object a line.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

// Kring refused; code is the name of an enum kr_err.
export class Refusal extends Error {
  constructor(verb, code) {
    super(`kring refuses ${verb}: ${code}`);
    this.code = code;
  }
}

function encode(value) {
  if (value instanceof Uint8Array) {
    return hex(value);
  }
  return Array.isArray(value) ? value.map(encode) : value;
}

export class Peer {
  #process;
  #waiting = [];

  constructor(program) {
    this.#process = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = new Promise((resolve) => {
      this.#process.on("error", () => resolve("it cannot be run"));
      this.#process.on("exit", (code, signal) => resolve(signal ?? code));
    });
    createInterface({ input: this.#process.stdout }).on("line", (line) =>
      this.#waiting.shift().resolve(JSON.parse(line)));
    this.ended.then((why) => this.#waiting.splice(0).forEach(({ reject }) =>
      reject(new Error(`${program} ended: ${why}`))));
  }

  // Bytes in the request become hexadecimal; the answer's stay so.
  async call(verb, request = {}) {
    const members = Object.entries(request).map(([key, value]) => [key, encode(value)]);
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(
        JSON.stringify({ do: verb, ...Object.fromEntries(members) }) + "\n");
    });
    if (answer.error !== undefined) {
      throw new Refusal(verb, answer.error);
    }
    return answer;
  }

  // The exit status: not zero when a sanitizer found something.
  close() {
    this.#process.stdin.end();
    return this.ended;
  }
}
