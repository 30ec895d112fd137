// The WebAssembly machine against a real relay, and against its native twin: neighbours found a
// community, one is invited and admitted, they talk; everything that crossed the edge of their
// machines is then repeated natively (trace.c), and the outputs have to be the same, byte for byte.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";

import { run } from "../interop/tap.mjs";
import { Person } from "./lib/client.mjs";
import { Relay } from "./lib/relay.mjs";

const [kringd, kringctl, trace] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const url = `ws://127.0.0.1:${relay.port}/kring`;

async function newPerson(name) {
  const person = await Person.start(name);
  await person.do("init", { url, relay: relay.name, name, app: "https://app.test/join" });
  await person.do("connect");
  return person;
}

const grant = () =>
  JSON.parse(execFileSync(kringctl, ["--socket", relay.control, "--json", "grant", "community"])).code;

const anna = await newPerson("Anna");
const bram = await newPerson("Bram");
let community;
let group;

async function found() {
  const { content } = await anna.do("found_prepare", { name: "Onze straat", recovery: true });
  const { signature } = await anna.do("found_sign", { content });
  ({ community } = await anna.do("found", { grant: grant(), content, signatures: [signature] }));
  await anna.until("communities", {}, ({ communities }) => communities[0]?.group !== undefined);
  group = anna.ask("communities").communities[0].group;
}

async function join() {
  const { link } = await anna.do("invite", { community });
  assert.match(link, /^https:\/\/app\.test\/join#1\./);
  await bram.do("join", { link, name: "Bram", check: "nummer 12" });
  const { requests } = await anna.until("requests", { community }, (answer) => answer.requests.length === 1);
  assert.deepEqual([requests[0].name, requests[0].check], ["Bram", "nummer 12"]);
  await anna.do("admit", { community, account: requests[0].account });
  await bram.until("groups", {}, ({ groups }) => groups.some((each) => each.state === "in"));
}

const textsOf = ({ messages }) => messages.map(({ text }) => text).filter(Boolean).sort();

async function talk() {
  await anna.do("post", { group, kind: "chat", text: "Welkom, Bram" });
  await bram.do("post", { group, kind: "concern", category: "not_seen", text: "De gordijnen blijven dicht" });
  for (const person of [anna, bram]) {
    const feed = await person.until("feed", { group, show: "all" }, (answer) => textsOf(answer).length === 2);
    assert.deepEqual(textsOf(feed), ["De gordijnen blijven dicht", "Welkom, Bram"]);
  }
}

/** Of a member whose tab is killed nothing is lost. */
async function killed() {
  await bram.restart();
  await anna.do("post", { group, kind: "chat", text: "Ben je er nog?" });
  await bram.until("feed", { group, show: "all" }, (answer) => textsOf(answer).length === 3);
  await bram.do("post", { group, kind: "chat", text: "Ja" });
  await anna.until("feed", { group, show: "all" }, (answer) => textsOf(answer).length === 4);
}

/** The relay goes and comes back, on the same port. */
async function relayRestarts() {
  await relay.stop("SIGKILL");
  const posted = anna.do("post", { group, kind: "chat", text: "Terwijl het stil was" });
  await relay.launch();
  anna.runner.input({ kind: "online" });
  bram.runner.input({ kind: "online" });
  await posted;
  await bram.until("feed", { group, show: "all" }, (answer) => textsOf(answer).length === 5);
}

function replay(person) {
  const input = `${person.trace.lines.join("\n")}\n`;
  const { status, stdout, stderr } = spawnSync(trace, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, `${person.name}: ${stdout}${stderr}`.slice(-2000));
  return stdout.trim();
}

async function sameAsNative() {
  const notes = [];
  for (const person of [anna, bram]) {
    await person.kill();
    assert.equal(person.ask("alarms").error, "state");
    notes.push(`${person.name}: ${replay(person)}`);
  }
  // The replay would notice: one output with another byte.
  const at = anna.trace.lines.findLastIndex((line) => line.startsWith("out 3 "));
  anna.trace.lines[at] = anna.trace.lines[at].replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  assert.throws(() => replay(anna));
  return notes.join("; ");
}

try {
  await run([
    ["a community is founded", found],
    ["a neighbour joins by a link", join],
    ["they talk", talk],
    ["p1_a_killed_tab_loses_nothing", killed],
    ["the relay is killed and comes back", relayRestarts],
    ["the native machine does the same, byte for byte", sameAsNative],
  ]);
} finally {
  await anna.kill();
  await bram.kill();
  await relay.close();
}
