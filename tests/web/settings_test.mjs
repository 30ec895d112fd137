// What is filled in for an inbox and what it becomes, without a browser: office hours, closed days, the offsets
// of a zone, deadlines, links, and the names in texts that people carry.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { source } from "./lib/source.mjs";

const { offsetsOf } = await source("src/inbox/zone.ts");
const { spansOf, textOfSpans, datesOf, textOfDates } = await source("src/inbox/hours.ts");
const { isInboxLink, reportPath } = await source("src/inbox/links.ts");
const { nameOnCard } = await source("src/inbox/card.ts");
const { placeIn } = await source("src/client/founding.ts");
const draft = await source("src/inbox/draft.ts");

const OFFSETS_MAX = 8; // CASES.md §2
const RECORD_MS = 400 * 86_400_000;

function offsets() {
  for (const [zone, from, expected] of [
    ["Europe/Amsterdam", "2026-11-22T10:00:00Z",
      ["2026-11-22T10:00:00Z 60", "2027-03-28T01:00:00Z 120", "2027-10-31T01:00:00Z 60"]],
    ["Europe/Amsterdam", "2027-03-28T00:59:59Z", ["2027-03-28T00:59:59Z 60", "2027-03-28T01:00:00Z 120"]],
    ["Europe/Amsterdam", "2027-03-28T01:00:00Z", ["2027-03-28T01:00:00Z 120", "2027-10-31T01:00:00Z 60"]],
    ["America/Curacao", "2026-11-22T00:00:00Z", ["2026-11-22T00:00:00Z -240"]],
    ["Asia/Kathmandu", "2026-11-22T00:00:00Z", ["2026-11-22T00:00:00Z 345"]],
    ["UTC", "2026-11-22T00:00:00Z", ["2026-11-22T00:00:00Z 0"]],
    ["Australia/Lord_Howe", "2026-11-22T00:00:00Z", // half an hour
      ["2026-11-22T00:00:00Z 660", "2027-04-03T15:00:00Z 630", "2027-10-02T15:30:00Z 660"]],
  ]) {
    const found = offsetsOf(zone, Date.parse(from));
    const words = found.map(([time, minutes]) => `${new Date(time).toISOString().replace(".000", "")} ${minutes}`);
    assert.deepEqual(words.slice(0, expected.length), expected, zone);
  }
}

/** A record holds eight at most, and they last for longer than it does: the next one may keep them. */
function offsetsLast() {
  for (const zone of ["Europe/Amsterdam", "America/New_York", "Africa/Casablanca", "UTC"]) {
    const from = Date.UTC(2026, 10, 22);
    const found = offsetsOf(zone, from);
    assert.ok(found.length <= OFFSETS_MAX, zone);
    assert.ok(found.length < OFFSETS_MAX || found[OFFSETS_MAX - 1][0] > from + RECORD_MS, zone);
    assert.ok(found.every(([time], i) => i === 0 || time > found[i - 1][0]), zone);
  }
}

function spans() {
  for (const [text, expected] of [
    ["", []], ["  ", []],
    ["9:00-17:00", [[540, 1020]]], ["9-17", [[540, 1020]]], ["9.30 – 12", [[570, 720]]],
    ["9:00 tot 12:30 en 13:00 tot 17:00", [[540, 750], [780, 1020]]],
    ["0:00-24:00", [[0, 1440]]],
    ["1-2, 3-4, 5-6, 7-8", [[60, 120], [180, 240], [300, 360], [420, 480]]],
    ["1-2, 3-4, 5-6, 7-8, 9-10", undefined], // more than a record holds
    ["17:00-9:00", undefined], ["9-9", undefined], ["9:60-10:00", undefined], ["0-24:01", undefined],
    ["9-12, 12-17", undefined], ["13-17, 9-12", undefined], ["9:00", undefined], ["9-17,", undefined],
    ["negen tot vijf", undefined], ["9-17-18", undefined],
  ]) {
    assert.deepEqual(spansOf(text), expected, text);
    if (expected !== undefined) {
      assert.deepEqual(spansOf(textOfSpans(expected)), expected, "as it is written, it is read");
    }
  }
}

function closedDays() {
  for (const [text, expected] of [
    ["", []], ["\n \n", []],
    ["25-12-2026", ["2026-12-25"]], ["1/1/2027", ["2027-01-01"]],
    ["1-1-2027\n25-12-2026\n01-01-2027", ["2026-12-25", "2027-01-01"]],
    ["29-2-2028", ["2028-02-29"]],
    ["29-2-2027", undefined], ["31-4-2027", undefined], ["kerst", undefined], ["2026-12-25", undefined],
    ["25-12", undefined], ["25-12-26", undefined],
    [Array.from({ length: 65 }, (_, i) => `1-1-${2000 + i}`).join("\n"), undefined],
  ]) {
    assert.deepEqual(datesOf(text), expected, text);
    if (expected !== undefined) {
      assert.deepEqual(datesOf(textOfDates(expected)), expected, "as it is written, it is read");
    }
  }
}

const KEY = "A".repeat(43);

function links() {
  for (const [link, expected] of [
    [`https://kring.example/join#2.${KEY}.${KEY}`, true],
    [` http://127.0.0.1:8080/melden#2.${KEY}.${KEY}.kring.example `, true],
    [`https://kring.example/join#1.${KEY}.${KEY}`, false],
    [`https://kring.example/join#2.${KEY}`, false],
    [`https://kring.example/join#2.${KEY}.${KEY}A`, false],
    [`javascript:alert(1)//#2.${KEY}.${KEY}`, false],
    ["", false],
  ]) {
    assert.equal(isInboxLink(link), expected, link);
    assert.equal(reportPath(link), expected ? `/melden${link.trim().slice(link.trim().indexOf("#"))}` : "/melden");
  }
}

/** clients/core/inboxes/admin.c: version, three keys, and the name with its length. */
function cards() {
  const keys = Buffer.alloc(96, 7);
  const card = (version, ...rest) => Buffer.concat([Buffer.from([version]), keys, ...rest]).toString("base64url");
  const long = Buffer.from("é".repeat(40));
  for (const [text, expected] of [
    [card(1, Buffer.from([4]), Buffer.from("Sara")), "Sara"],
    [card(1, Buffer.from([0x40, long.length]), long), "é".repeat(40)],
    [card(2, Buffer.from([4]), Buffer.from("Sara")), undefined],
    [card(1, Buffer.from([5]), Buffer.from("Sara")), undefined],
    [card(1, Buffer.from([3]), Buffer.from("Sara")), undefined],
    [card(1, Buffer.from([0])), undefined],
    [card(1), undefined],
    ["", undefined], ["geen kaart!", undefined],
  ]) {
    assert.equal(nameOnCard(text), expected, text);
  }
}

/** clients/core/community/found.c: version, and three texts, each with its length. */
function foundings() {
  const opaque = (bytes) => Buffer.concat([
    bytes.length < 64 ? Buffer.from([bytes.length]) : Buffer.from([0x40 | (bytes.length >> 8), bytes.length & 0xff]), bytes]);
  const content = (version, ...parts) =>
    Buffer.concat([Buffer.from([version]), ...parts.map((part) => opaque(Buffer.from(part)))]).toString("base64url");
  const signed = Buffer.alloc(300, 7);
  const signature = Buffer.alloc(64, 7);
  for (const [text, expected] of [
    [content(1, "De Linden", signed, signature), "De Linden"],
    [` ${content(1, "De Linden", signed, "")}\n`, "De Linden"],
    [content(2, "De Linden", signed, signature), undefined],
    [content(1, "", signed, signature), undefined],
    [content(1, "De Linden", signed), undefined],
    [content(1, "De Linden", signed, signature, ""), undefined],
    [content(1, "De Linden", signed, signature).slice(0, -4), undefined],
    [Buffer.concat([Buffer.from([1]), Buffer.alloc(160, 7)]).toString("base64url"), undefined], // a card
    ["", undefined], ["geen tekst!", undefined],
  ]) {
    assert.equal(placeIn(text), expected, text);
  }
}

function drafts() {
  const empty = draft.newDraft("Europe/Amsterdam");
  const wrong = (faults) => Object.keys(faults).filter((id) => faults[id] !== undefined);
  const running = Object.fromEntries(draft.URGENCIES.map((urgency) =>
    [urgency, { acknowledge: 3600, follow_up: 3600, continuous: true }]));
  const closed = draft.DAYS.map(() => "");
  for (const [name, faults, expected] of [
    ["nothing filled in", draft.aboutFaults(empty), ["name", "about", "call"]],
    ["too long", draft.aboutFaults({ ...empty, name: "x".repeat(81), about: "a", call: "b" }), ["name"]],
    ["the hours that are proposed", draft.hoursFaults(empty), []],
    ["no hours", draft.hoursFaults({ ...empty, days: closed }), ["mon"]],
    ["no hours are needed", draft.hoursFaults({ ...empty, days: closed, deadlines: running }), []],
    ["a clock without hours", draft.deadlineFaults({ ...empty, days: closed }), ["this_week-clock", "no_hurry-clock"]],
    ["deadlines that are proposed", draft.deadlineFaults(empty), []],
    ["limits that are proposed", draft.limitFaults(empty), []],
    ["what nobody has read is not gone before what somebody has",
      draft.limitFaults({ ...empty, limits: { ...empty.limits, retention_unread_s: 86_400 } }), ["retention_unread_s"]],
    ["a fallback that is no link", draft.deadlineFaults({ ...empty, fallback: "wijkteam" }), ["fallback"]],
  ]) {
    assert.deepEqual(wrong(faults), expected, name);
  }
  assert.equal("fallback" in draft.deadlineSettings(empty), false, "what is left out stays");
  assert.equal(draft.deadlineSettings({ ...empty, dropsFallback: true }).fallback, "");
  const settings = {
    ...draft.aboutSettings({ ...empty, name: " a ", about: "b", call: "c" }),
    ...draft.hoursSettings({ ...empty, closed: "1-1-2027" }, Date.UTC(2026, 10, 22)),
    ...draft.deadlineSettings(empty), ...empty.limits,
  };
  assert.equal(settings.name, "a");
  assert.deepEqual(draft.hoursSettings(draft.draftOf(settings), Date.UTC(2026, 10, 22)).days, settings.days);
  assert.deepEqual(draft.draftOf(settings).closed, "01-01-2027");
  assert.deepEqual(draft.draftOf(settings).limits, empty.limits);
}

function words() {
  for (const [seconds, continuous, key, n] of [
    [3600, true, "hours", 1], [86_400, true, "hours", 24], [172_800, true, "days", 2], [3600, false, "officeHours", 1],
    [57_600, false, "officeHours", 16], [5400, true, "minutes", 90], [61, false, "seconds", 61],
  ]) {
    assert.deepEqual(draft.wordsOf(seconds, continuous), { key: `inbox.span.${key}`, n });
    assert.ok(draft.choicesOf(continuous ? "running" : "office", seconds).includes(seconds), "what it is now can stay");
  }
}

await run([
  ["the offsets of a zone, as the browser knows them", offsets],
  ["offsets last as long as a record and the next", offsetsLast],
  ["office hours", spans],
  ["closed days", closedDays],
  ["links", links],
  ["the name on a card", cards],
  ["the neighbourhood in what founders sign", foundings],
  ["drafts and settings", drafts],
  ["spans of time in words", words],
]);
