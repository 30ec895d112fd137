// Starts kringd for a test, on a port that the kernel picks, serving the app; ends it by its own pid.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "./source.mjs";

const START_MS = 180_000;
const NO_QUOTA = ["connection", "account", "address"].map((level) =>
  `quota "${level}" { light = {0, 0} read = {0, 0} post = {0, 0} state = {0, 0} keys = {0, 0} auth = {0, 0} }`);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A port that the kernel gives to nobody else as long as this process has a connection there: kringd
 * may listen on it all the same, and finds it free when it comes back. */
async function heldPort() {
  const server = createServer((other) => other.unref()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const held = connect({ port: server.address().port, host: "127.0.0.1", localAddress: "127.0.0.1" });
  await once(held, "connect");
  server.unref();
  held.unref();
  return held.localPort;
}

export class Relay {
  static async start(kringd, { webRoot = process.env.KRING_WEB_ROOT ?? `${root}build/web`, name = "relay.test" } = {}) {
    const relay = new Relay();
    relay.kringd = kringd;
    relay.webRoot = webRoot;
    relay.name = name;
    relay.inboxes = [];
    relay.folder = await mkdtemp(join(tmpdir(), "kring-web-"));
    relay.port = await heldPort();
    await relay.configure();
    await relay.launch();
    return relay;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get control() {
    return join(this.folder, "run/control");
  }

  async configure() {
    await writeFile(join(this.folder, "kringd.conf"), `
name = "${this.name}"
state_dir = "${this.folder}/state"
backup_dir = "${this.folder}/backup"
runtime_dir = "${this.folder}/run"
drain_s = 1
sandbox = false
listen "plain" { address = "127.0.0.1" port = ${this.port} tls = false }
limits { connections_per_address = 1000 }
web { root = "${this.webRoot}" operator = "Gemeente Voorbeeld" exit = "https://exit.test/"
  inboxes = {${this.inboxes.map((link) => `"${link}"`).join(", ")}} }
origins = {"${this.origin}"}
${NO_QUOTA.join("\n")}
`);
  }

  /** What the reporting page offers from now on, by links. */
  async offer(...links) {
    this.inboxes = links;
    await this.configure();
    this.process.kill("SIGHUP");
    await this.until(async () => {
      const { inboxes } = await (await fetch(`${this.origin}/config.json`)).json();
      return inboxes.length === links.length;
    });
  }

  async launch() {
    this.process = spawn(this.kringd, ["--config", join(this.folder, "kringd.conf")],
      { stdio: ["ignore", "ignore", "pipe"] });
    this.log = "";
    this.process.stderr.on("data", (data) => {
      this.log += data;
    });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    await this.until(async () => {
      const text = await readFile(join(this.folder, "run/run"), "utf8").catch(() => "");
      const values = Object.fromEntries(text.split("\n").map((line) => line.split("=")));
      return Number(values.pid) === this.process.pid;
    });
  }

  async until(condition) {
    for (let waited = 0; waited < START_MS; waited += 20) {
      if (this.process.exitCode !== null) {
        throw new Error(`kringd ended: ${this.log}`);
      }
      if (await condition()) {
        return;
      }
      await sleep(20);
    }
    throw new Error(`kringd did not start: ${this.log}`);
  }

  /** Ends it; on the same port it comes back with launch(). */
  async stop(signal = "SIGTERM") {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
    }
    await this.ended;
  }

  async close() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
