// What runs without a browser: forms, routes, leaving, the vault, the runner, tabs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { run } from "../interop/tap.mjs";
import { root, source } from "./lib/source.mjs";

const forms = await source("src/form/validate.ts");
const { Router } = await source("src/client/router.ts");
const { ShiftCounter } = await source("src/client/exit.ts");
const { concerns } = await source("src/client/live.ts");
const drafts = await source("src/client/drafts.ts");
const { clockState, spanOf } = await source("src/professional/clock.ts");
const acts = await source("src/professional/acts.ts");
const { documentOf } = await source("src/professional/document.ts");
const { relayUrl } = await source("src/client/config.ts");
const vault = await source("src/host/vault.ts");
const { Runner } = await source("src/host/runner.ts");
const { Leader } = await source("src/host/leader.ts");
const { Timer } = await source("src/host/timer.ts");

// ---- Forms ----

function lengths() {
  for (const [check, expected] of [
    [forms.required("a"), undefined],
    [forms.required(" \n"), { key: "form.required" }],
    [forms.chosen(""), { key: "form.choose" }],
    [forms.chosen(["a"]), undefined],
    [forms.notShorter("12345", 6), { key: "form.tooShort", parameters: { min: 6 } }],
    [forms.notShorter("123456", 6), undefined],
    [forms.notLonger("12345", 5), undefined],
    [forms.notLonger("1234567", 5), { key: "form.tooLong", parameters: { n: 2, max: 5 } }],
    [forms.notLonger("👍👍👍", 3), undefined],
    [forms.notLonger("e\u0301e\u0301", 2), undefined],
  ]) {
    assert.deepEqual(check, expected);
  }
}

function dates() {
  const now = new Date(2026, 1, 28, 23, 30).getTime();
  const date = (text) => {
    const [day, month, year] = text.split("-");
    return { day, month, year };
  };
  for (const [text, expected] of [
    ["28-2-2026", undefined], ["01-01-1999", undefined], [" 3-3-2020", undefined],
    ["--", undefined],
    ["29-2-2026", "form.dateWrong"], ["31-4-2025", "form.dateWrong"], ["1--2025", "form.dateWrong"],
    ["0-1-2025", "form.dateWrong"], ["1-13-2025", "form.dateWrong"], ["1-1-25", "form.dateWrong"],
    ["een-1-2025", "form.dateWrong"], ["1-1-1899", "form.dateWrong"],
    ["1-3-2026", "form.dateFuture"],
  ]) {
    assert.equal(forms.pastDate(date(text), now)?.key, expected, text);
  }
  assert.equal(forms.dateOfFields(date("2-1-2026")), new Date(2026, 0, 2, 12).getTime());
  assert.equal(forms.endOfDay(date("2-1-2026")), new Date(2026, 0, 2, 23, 59, 59).getTime());
  assert.equal(forms.endOfDay(date("30-2-2026")), undefined);
}

// ---- Routes and leaving ----

class FakeHistory {
  entries = [];
  at = -1;
  index = () => this.entries[this.at]?.index;
  push(index, fragment) {
    this.entries.splice(++this.at, Infinity, { index, fragment });
  }
  replace(index, fragment) {
    this.at = Math.max(this.at, 0);
    this.entries[this.at] = { index, fragment };
  }
  back() {
    this.at--;
    this.router.moved();
  }
}

function routes() {
  const history = new FakeHistory();
  const router = new Router(history, { screen: "home" });
  history.router = router;
  let changes = 0;
  const stop = router.subscribe(() => changes++);
  router.go("group", { group: "secret-id" });
  router.go("message", { event: "another" });
  assert.deepEqual(router.route, { screen: "message", params: { event: "another" } });
  assert.ok(!JSON.stringify(history.entries).includes("secret"), "no parameter in the history");
  assert.deepEqual(history.entries.map(({ fragment }) => fragment), [undefined, "#group", "#message"]);
  router.back();
  assert.deepEqual(router.route, { screen: "group", params: { group: "secret-id" } });
  router.replace("chat");
  router.go("settings");
  assert.equal(history.entries.length, 3, "what was ahead is gone");
  history.at = 2;
  history.entries[2] = { index: 99 };
  router.moved();
  assert.equal(router.route.screen, "settings", "an index of another life of the page");
  router.clear();
  assert.deepEqual([router.route.screen, router.canGoBack], ["home", false]);
  stop();
  const before = changes;
  router.go("group");
  assert.equal(changes, before);
}

function hiddenRoutes() {
  const history = new FakeHistory();
  const router = new Router(history, { screen: "start" }, { screen: "start" }, false);
  router.go("violence");
  router.go("child", { age: "3" });
  assert.deepEqual(history.entries, [0, 1, 2].map((index) => ({ index, fragment: undefined })));
}

function shift() {
  for (const [keys, expected] of [
    [[["Shift", 0], ["Shift", 100], ["Shift", 200]], 3],
    [[["Shift", 0], ["a", 100], ["Shift", 200]], 1],
    [[["Shift", 0], ["Shift", 4999], ["Shift", 9998]], 3],
    [[["Shift", 0], ["Shift", 5001], ["Shift", 5002]], 2],
    [[["Tab", 0]], 0],
  ]) {
    const counter = new ShiftCounter();
    assert.equal(keys.map(([key, at]) => counter.press(key, 10_000 + at)).at(-1), expected);
  }
}

function freshAnswers() {
  for (const [tell, name, fields, expected] of [
    [{ tell: "changed", what: "groups" }, "groups", {}, true],
    [{ tell: "changed", what: "groups" }, "rules", { community: "a" }, false],
    [{ tell: "changed", what: "rules", community: "a" }, "rules", { community: "a" }, true],
    [{ tell: "changed", what: "rules", community: "b" }, "rules", { community: "a" }, false],
    [{ tell: "changed", what: "feed", community: "a", group: "g" }, "groups", { community: "a" }, true],
    [{ tell: "changed", what: "feed", community: "a", group: "g" }, "groups", { community: "b" }, false],
    [{ tell: "changed", what: "members", community: "a" }, "group_members", { group: "g" }, true],
    [{ tell: "changed", what: "outbox" }, "status", {}, true],
    [{ tell: "changed", what: "status" }, "outbox", {}, false],
    [{ tell: "message", group: "g", seq: 1 }, "feed", { group: "g" }, true],
    [{ tell: "message", group: "g", seq: 1 }, "feed", { group: "h" }, false],
    [{ tell: "connection", state: "online" }, "status", {}, true],
    [{ tell: "connection", state: "online" }, "feed", { group: "g" }, false],
    [{ tell: "case", case: "c" }, "case", { case: "c" }, true],
    [{ tell: "case", case: "c" }, "case", { case: "d" }, false],
    [{ tell: "changed", what: "cases" }, "case", { case: "c" }, true],
    [{ tell: "late", case: "c" }, "cases", { show: "mine" }, true],
    [{ tell: "queued", op: "o", command: 1 }, "outbox", {}, false],
  ]) {
    assert.equal(concerns(tell, name, fields), expected, JSON.stringify([tell, name]));
  }
}

function addresses() {
  assert.equal(relayUrl({ relay: "r", inboxes: [] }, "https://app.test"), "wss://app.test/kring");
  assert.equal(relayUrl({ relay: "r", inboxes: [] }, "http://127.0.0.1:1"), "ws://127.0.0.1:1/kring");
  assert.equal(relayUrl({ relay: "r", url: "wss://r/kring" }, "https://app.test"), "wss://r/kring");
}

// ---- The vault ----

/** In place of Argon2id, which wasm_test.mjs has. */
const derive = (password, salt, { passes }) => {
  const out = new Uint8Array(32).fill(passes);
  [...password, ...salt].forEach((byte, i) => {
    out[i % 32] ^= byte + i;
  });
  return out;
};
const COST = { passes: 1, memory: 1 };
const bytes = (text) => new TextEncoder().encode(text);

async function opens() {
  const { header, keys } = await vault.createVault(derive, "zin", COST);
  const record = await vault.sealRecord(keys, "group/a", bytes("a ratchet"));
  assert.ok(!Buffer.from(record.sealed).includes("ratchet"));
  assert.ok(!record.place.includes("group"));
  const again = await vault.openVault(derive, header, "zin");
  assert.equal(await vault.placeOf(again, "group/a"), record.place);
  const { name, value } = await vault.openRecord(again, record);
  assert.deepEqual([name, Buffer.from(value).toString()], ["group/a", "a ratchet"]);
  assert.equal(header.deviceKey.extractable || keys.records.extractable || keys.names.extractable, false);
}

async function refuses() {
  const { header, keys } = await vault.createVault(derive, "zin", COST);
  await assert.rejects(vault.openVault(derive, header, "zIn"), { code: "passphrase" });
  await assert.rejects(vault.openVault(derive, header, ""), { code: "passphrase" });
  const other = await vault.createVault(derive, "zin", COST);
  await assert.rejects(
    vault.openVault(derive, { ...header, deviceKey: other.header.deviceKey }, "zin"),
    { code: "passphrase" }, "the passphrase alone does not open it");
  const record = await vault.sealRecord(keys, "a", bytes("x"));
  const moved = { ...record, place: await vault.placeOf(keys, "b") };
  await assert.rejects(vault.openRecord(keys, moved), { code: "bad_state_record" });
  for (let i = 0; i < record.sealed.length; i++) {
    const sealed = record.sealed.slice();
    sealed[i] ^= 1;
    await assert.rejects(vault.openRecord(keys, { ...record, sealed }), { code: "bad_state_record" });
  }
}

async function changes() {
  const { header, keys } = await vault.createVault(derive, "", COST);
  assert.equal(header.isOpen, true);
  const record = await vault.sealRecord(keys, "a", bytes("kept"));
  await assert.rejects(vault.changePassphrase(derive, header, "x", "y", COST), { code: "passphrase" });
  const changed = await vault.changePassphrase(derive, header, "", "nieuw", COST);
  assert.equal(changed.isOpen, false);
  await assert.rejects(vault.openVault(derive, changed, ""), { code: "passphrase" });
  const { value } = await vault.openRecord(await vault.openVault(derive, changed, "nieuw"), record);
  assert.equal(Buffer.from(value).toString(), "kept");
}

// ---- The runner ----

/** A machine that gives out what a test tells it to, for each input. */
class FakeMachine {
  inputs = [];
  outputs = [];
  isFree = false;
  constructor(answers) {
    this.answers = answers;
  }
  input(input) {
    this.inputs.push(input.id === undefined ? input.kind : `${input.kind} ${input.id}`);
    this.outputs.push(...(this.answers[this.inputs.at(-1)] ?? []));
  }
  nextOutput() {
    return this.outputs.shift();
  }
  query(question) {
    return { asked: question.ask };
  }
  free() {
    this.isFree = true;
  }
}

/** A host that writes down what it did; a write ends when the test says so. */
class FakeHost {
  done = [];
  writes = [];
  now = () => 0;
  store(changes) {
    this.done.push(`store ${changes[0].key}`);
    return new Promise((resolve, reject) => this.writes.push({ resolve, reject }));
  }
  connect = (url) => this.done.push(`connect ${url}`);
  send = (data) => this.done.push(`send ${data}`);
  disconnect = () => this.done.push("disconnect");
  setTimer = (time) => this.done.push(`timer ${time}`);
  answer = (id, answer) => this.done.push(`answer ${id} ${answer.ok}`);
  tell = (tell) => this.done.push(`tell ${tell.tell}`);
  stopped = (code) => this.done.push(`stopped ${code}`);
}

const store = (id, key) => ({ kind: "store", id, records: [{ key, value: null }] });
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function writesInOrder() {
  const machine = new FakeMachine({
    start: [store(1, "a"), store(2, "b"), { kind: "timerAt", time: 5 }, { kind: "timerAt", time: 0 }],
    "stored 1": [{ kind: "send", data: "x" }],
    "stored 2": [{ kind: "answer", id: 9, answer: { ok: true } }],
  });
  const host = new FakeHost();
  const runner = new Runner(machine, host);
  runner.input({ kind: "start" });
  await turn();
  assert.deepEqual(host.done, ["timer 5", "timer undefined", "store a"], "b waits for a");
  host.writes[0].resolve();
  await turn();
  assert.deepEqual(host.done.slice(3), ["send x", "store b"]);
  host.writes[1].resolve();
  await turn();
  assert.deepEqual(host.done.slice(5), ["answer 9 true"]);
}

async function stopsAtAFailedWrite() {
  const machine = new FakeMachine({ start: [store(1, "a"), store(2, "b")] });
  const host = new FakeHost();
  const runner = new Runner(machine, host);
  runner.input({ kind: "start" });
  await turn();
  host.writes[0].reject(new Error("no room"));
  await turn();
  assert.deepEqual(machine.inputs, ["start", "storeFailed 1"]);
  assert.equal(host.done.at(-1), "stopped store_io");
  assert.ok(machine.isFree);
  assert.equal(host.writes.length, 1, "nothing is written after it");
  runner.input({ kind: "timer" });
  assert.equal(machine.inputs.length, 2);
  assert.deepEqual(runner.query({ ask: "status" }), { error: "state" });
}

// ---- The leading tab ----

/** The machine's wish for a zone's offsets is answered once, and told like anything else. */
async function renews() {
  for (const [zone, isAnswered] of [["Europe/Amsterdam", true], ["Mars/Olympus", false], ["", false]]) {
    const wish = { tell: "renew", inbox: "postbus", zone, expires: 9 };
    const commands = [];
    const machine = new FakeMachine({ start: [{ kind: "tell", tell: wish }, { kind: "tell", tell: { tell: "connection" } }] });
    machine.load = () => undefined;
    const { input } = machine;
    machine.input = (each) => {
      commands.push(...(each.kind === "command" ? [each.command] : []));
      input.call(machine, each);
    };
    const told = [];
    const keystore = { takeFence: async () => 1, load: async () => undefined };
    await Leader.start(machine, keystore, {}, { tell: (tell) => told.push(tell.tell), stopped: assert.fail });
    await turn();
    assert.deepEqual(told, ["renew", "connection"]);
    assert.equal(commands.length, isAnswered ? 1 : 0, zone);
    if (isAnswered) {
      const [{ settings, ...command }] = commands;
      assert.deepEqual(command, { do: "inbox_set", inbox: "postbus" });
      assert.deepEqual(Object.keys(settings), ["offsets"], "what is left out stays");
      assert.ok([60, 120].includes(settings.offsets[0][1]), "what holds now");
      assert.ok(settings.offsets.at(-1)[0] > Date.now() + 366 * 86_400_000, "for as long as a record is valid");
    }
  }
}

// ---- The timer ----

/** A clock and timeouts that are set by hand; how often the timer rang. */
function withTimer(test) {
  const { now } = Date;
  const { setTimeout, clearTimeout } = globalThis;
  const hands = { now: 1_000_000, wait: undefined, fire: undefined, rings: 0 };
  Date.now = () => hands.now;
  globalThis.setTimeout = (fire, wait) => Object.assign(hands, { fire, wait });
  globalThis.clearTimeout = () => Object.assign(hands, { fire: undefined, wait: undefined });
  try {
    test(hands, new Timer(() => hands.rings++));
  } finally {
    Date.now = now;
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

function timers() {
  withTimer((hands, timer) => {
    timer.set(1_000_500);
    assert.equal(hands.wait, 500);
    hands.now += 400; // timeouts are not exact
    hands.fire();
    assert.deepEqual([hands.rings, hands.wait], [0, 100]);
    hands.now += 100;
    hands.fire();
    assert.equal(hands.rings, 1);
    timer.set(undefined);
    assert.equal(hands.fire, undefined);
  });
  withTimer((hands, timer) => {
    const day = 24 * 3600 * 1000;
    timer.set(hands.now + 60 * day);
    let turns = 0;
    for (; hands.rings === 0; turns++) {
      hands.now += hands.wait;
      hands.fire();
    }
    assert.equal(hands.now, 1_000_000 + 60 * day, `${turns} turns`);
  });
}

/** Somebody sets the clock back while a signal waits to be repeated: it does not wait for a day. */
function clockSetBack() {
  withTimer((hands, timer) => {
    timer.set(hands.now + 5000);
    hands.now -= 24 * 3600 * 1000;
    hands.fire();
    assert.equal(hands.rings, 1);
  });
}

// ---- Professionals ----

function clocks() {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const now = 1_000 * day;
  for (const [row, kind, ms] of [
    [{ overdue: false }, "none", 0],
    [{ overdue: false, until: now + hour }, "left", hour],
    [{ overdue: false, until: now }, "late", 0],
    [{ overdue: true, until: now - hour }, "late", hour],
    [{ overdue: true, until: now + hour }, "again", hour],
  ]) {
    assert.deepEqual(clockState(row, now), { kind, ms });
  }
  for (const [ms, language, expected] of [
    [0, "nl", "1 minuut"], [59 * minute, "nl", "59 minuten"], [hour, "nl", "1 uur"], [2 * hour - 1, "nl", "1 uur"],
    [47 * hour, "nl", "47 uur"], [2 * day, "nl", "2 dagen"], [3 * day - 1, "en", "2 days"], [hour, "en", "1 hour"],
  ]) {
    assert.equal(spanOf(ms, language), expected);
  }
}

/** CASES.md §7 has the readers of every event; what the reporter reads must not be taken for a note. */
async function readers() {
  const page = await readFile(`${root}proto/CASES.md`, "utf8");
  const events = {
    acknowledge: "acknowledged", question: "question", promise: "promise", follow_up: "follow_up", close: "closed",
    accept: "handover_accepted", decline: "handover_declined", advise: "advised", consult: "consulted",
    invite_inbox: "join_invited", hand_over: "handover_offered", part: "parted", urgency: "urgency_changed",
    reopen: "reopened", share_identity: "identity_shared", erase: "erased",
  };
  assert.deepEqual(Object.keys(events).sort(), Object.keys(acts.ACTS).sort());
  for (const [act, event] of Object.entries(events)) {
    const cells = page.split("\n").find((line) => line.startsWith(`| ${event} |`)).split("|").map((cell) => cell.trim());
    const to = { all: "all", "all, `inbox` (offer)": "allAnd", inboxes: "professionals",
      "inboxes, `inbox` (offer)": "professionalsAnd", "—": "nobody" }[cells[6]];
    assert.equal(acts.ACTS[act].readers, to, act);
  }
  assert.deepEqual(["toString", "note", "acknowledge"].map(acts.isAct), [false, false, true]);
  assert.equal(acts.infoOf("part", "owner").asks, "inbox");
  assert.equal(acts.infoOf("part", "joined").asks, undefined);
  assert.equal(acts.infoOf("accept", "invited").words, "optional");
  assert.equal(acts.infoOf("accept", "offered").words, "needed");
  assert.deepEqual(["[datum]", "a [b] c", "[]", "a ] b [", "geen"].map(acts.hasGap), [true, true, true, false, false]);
}

/** Nothing that somebody wrote is markup. */
function documents() {
  const made = documentOf("nl", "<b>", "\"&\"", [
    { heading: "leeg", rows: [] },
    { heading: "<i>", rows: [["<script>alert(1)</script>", "a & b\n<img src=x onerror=alert(1)>"]] },
  ]);
  assert.doesNotMatch(made, /<script|<img|<b>|<i>|leeg/);
  assert.match(made, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(made, /a &amp; b\n&lt;img/);
}

/** Nothing that was typed is lost by choosing an example. */
function examples() {
  const all = ["Een.", "Twee [dag]."];
  for (const [words, expected] of [
    ["", "Een."], [" \n", "Een."], ["Twee [dag].", "Een."], ["Een.", "Een."],
    ["Ik kom langs. \n", "Ik kom langs.\n\nEen."], ["Twee maandag.", "Twee maandag.\n\nEen."],
  ]) {
    assert.equal(acts.withExample(words, "Een.", all), expected);
  }
}

/** Who consents has to see which team gets the name, also before any has spoken. */
async function teams() {
  const { wordsOfParty } = await source("ui/melden/words.ts");
  const parties = ["owner", "fallback", "joined"].map((role) => ({ role, name: "" }));
  const names = parties.map((party) => wordsOfParty((key) => key, party));
  assert.deepEqual(names, ["party.owner", "party.fallback", "party.other"]);
  assert.equal(wordsOfParty((key) => key, { role: "owner", name: "Wijkagent" }), "Wijkagent");
}

// ---- Drafts ----

function joinedDrafts() {
  for (const [first, then, expected] of [
    [{}, {}, {}],
    [{ words: "een" }, {}, { words: "een" }],
    [{}, { words: "twee" }, { words: "twee" }],
    [{ words: "een" }, { words: " " }, { words: "een" }],
    [{ words: "een" }, { words: "een" }, { words: "een" }],
    [{ words: "een" }, { words: "twee" }, { words: "een\n\ntwee" }],
    [{ words: "een", urgency: "today" }, { urgency: "no_hurry" }, { words: "een", urgency: "no_hurry" }],
    [{ words: "een", day: "1" }, { words: "twee", day: "" }, { words: "een\n\ntwee", day: "1" }],
  ]) {
    assert.deepEqual(drafts.joined(first, then, "words"), expected);
  }
  const written = { at: { screen: "chat" }, fields: { words: "een" } };
  assert.deepEqual(drafts.writtenIn(JSON.stringify(written)), written);
  for (const text of ["", "Wij komen langs.", "{}", '{"at":{"screen":"chat"}}', '{"fields":{}}', '{"at":']) {
    assert.equal(drafts.writtenIn(text), undefined, text);
  }
}

const AT = { screen: "chat" };
const draftText = (words) => JSON.stringify({ at: AT, fields: { words } });

/** A keeper at a machine that has these, and answers commands as `answer` does. */
function draftKeeper(kept = [], answer = async () => ({})) {
  const asked = [];
  const states = [];
  const client = {
    command: (name, fields) => {
      asked.push([name, fields]);
      return answer(name);
    },
    ask: async () => ({ kept }),
  };
  const keeper = new drafts.DraftKeeper(client, { name: "chat", scope: { community: "c" }, words: "words" },
    () => AT, (state) => states.push(state));
  return { keeper, asked, state: () => states.at(-1), keep: (words, more = {}) =>
    ["keep", { community: "c", ...more, name: "chat", text: words === "" ? "" : draftText(words) }] };
}

/** What waits is not given back; what was refused is, with the reason, and takes its own place. */
async function givesBack() {
  for (const [kept, words, back, isWritten] of [
    [[], undefined, undefined, false],
    [[{ text: draftText("een"), time: 5 }], "een", { time: 5 }, false],
    [[{ text: draftText("een"), time: 5, error: "state" }], "een", { time: 5, error: "state" }, false],
    [[{ text: draftText("een"), time: 5, op: "o" }], undefined, undefined, false],
    [[{ text: draftText("een"), time: 5, op: "o", error: "muted" }], "een", { time: 5, error: "muted" }, true],
    [[{ text: draftText("twee"), time: 6 }, { text: draftText("een"), time: 5, op: "o", error: "muted" }],
      "een\n\ntwee", { time: 6, error: "muted" }, true],
    [[{ text: "iets anders", time: 5 }], undefined, undefined, false],
  ]) {
    const { keeper, asked, state, keep } = draftKeeper(kept);
    await keeper.load();
    assert.deepEqual([state().fields.words, state().back], [words, back]);
    assert.deepEqual(asked, isWritten ? [keep(words, { op: "o" })] : []);
  }
}

/** The words are kept before they are sent, and the next ones after. */
async function sendsDrafts() {
  const { keeper, asked, state, keep } = draftKeeper();
  await keeper.load();
  keeper.change({ words: "een" });
  const sent = keeper.send(async (kept) => asked.push(["post", kept]));
  keeper.clear();
  keeper.change({ words: "twee" });
  keeper.save();
  await sent;
  assert.deepEqual(asked, [keep("een"), ["post", "chat"], keep("twee")]);
  keeper.discard();
  assert.deepEqual([asked.at(-1), state().fields], [keep(""), {}]);
  keeper.change({ words: "drie" });
  keeper.stop();
  assert.deepEqual(asked.at(-1), keep("drie"));
  keeper.stop();
  assert.equal(asked.length, 5, "once");
}

/** A refusal leaves the words on the screen, and what was typed meanwhile with them. */
async function takesDraftsBack() {
  for (const [isCleared, typed, expected] of [
    [false, undefined, "een"], [false, "een!", "een!"], [true, undefined, "een"], [true, "twee", "een\n\ntwee"],
  ]) {
    const { keeper, asked, state, keep } = draftKeeper();
    await keeper.load();
    keeper.change({ words: "een" });
    const sent = keeper.send(() => Promise.reject(new Error("refused")));
    if (isCleared) {
      keeper.clear();
    }
    if (typed !== undefined) {
      keeper.change({ words: typed });
    }
    await assert.rejects(sent, /refused/);
    assert.equal(state().fields.words, expected);
    assert.deepEqual(asked.at(-1), keep(expected));
    keeper.stop();
  }
}

async function saysWhatIsNotKept() {
  const { keeper, state } = draftKeeper([], () => Promise.reject(new Error("limit")));
  await keeper.load();
  keeper.change({ words: "een" });
  keeper.save();
  await new Promise(setImmediate);
  assert.deepEqual([state().isUnkept, state().kept, state().fields.words], [true, undefined, "een"]);
}

await run([
  ["what may stand in a form", lengths],
  ["dates", dates],
  ["teams that have no name yet are told apart", teams],
  ["routes", routes],
  ["p8_routes_of_the_reporting_page_leave_a_number_only", hiddenRoutes],
  ["Shift three times", shift],
  ["which answers are stale", freshAnswers],
  ["the relay's address", addresses],
  ["two drafts are one", joinedDrafts],
  ["what is given back of what was typed", givesBack],
  ["words are kept before they are sent", sendsDrafts],
  ["p1_what_is_refused_stays_on_the_screen", takesDraftsBack],
  ["what could not be kept is said", saysWhatIsNotKept],
  ["the vault opens what it sealed", opens],
  ["the vault refuses everything else", refuses],
  ["the passphrase changes, records stay", changes],
  ["p1_records_are_written_in_order_before_anything_leaves", writesInOrder],
  ["p1_a_failed_write_stops_the_machine", stopsAtAFailedWrite],
  ["an inbox is renewed with the offsets of its zone", renews],
  ["a case's clock, and how long that is", clocks],
  ["who reads what a professional says is as CASES.md has it", readers],
  ["an example takes the place of no words of one's own", examples],
  ["nothing in a saved case is markup", documents],
  ["a timer rings at its time, however far away", timers],
  ["p1_a_clock_that_is_set_back_delays_nothing", clockSetBack],
]);
