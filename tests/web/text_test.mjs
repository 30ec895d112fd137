// Catalogues: the same parameters in every language, plurals that the language has, words for every
// error that can come.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";

import { run } from "../interop/tap.mjs";
import { root, source, web } from "./lib/source.mjs";

const { LANGUAGES, textsOf, chooseLanguage, directionOf } = await source("src/i18n/text.ts");
const { ERROR_KINDS, kindOfError } = await source("src/i18n/errors.ts");
const { dayOf, dateOf, clockOf } = await source("src/i18n/dates.ts");

async function catalogues() {
  const found = [];
  for (const language of LANGUAGES) {
    for (const file of await readdir(`${web}src/i18n/${language}`)) {
      const part = file.replace(".ts", "");
      const texts = (await source(`src/i18n/${language}/${file}`))[part];
      found.push({ language, part, texts });
    }
  }
  return found;
}

const all = await catalogues();
const dutch = (part) => all.find((each) => each.language === "nl" && each.part === part).texts;
const formsOf = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const parametersOf = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

function sameKeysAndParameters() {
  for (const { language, part, texts } of all) {
    const original = dutch(part);
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(original).sort(), `${language}/${part}`);
    for (const [key, entry] of Object.entries(texts)) {
      const allowed = new Set(formsOf(original[key]).flatMap(parametersOf));
      for (const text of formsOf(entry)) {
        assert.ok(text.trim() !== "", `${language}/${part} ${key} is empty`);
        const used = parametersOf(text);
        assert.ok(used.every((name) => allowed.has(name)), `${language}/${part} ${key}: ${used}`);
        if (typeof entry === "string") {
          assert.deepEqual(used, [...allowed].sort(), `${language}/${part} ${key}`);
        }
      }
    }
  }
}

/** Every language has the forms that its rules ask for, for numbers that occur. */
function plurals() {
  for (const { language, part, texts } of all) {
    const rules = new Intl.PluralRules(language);
    const text = textsOf(texts, language);
    for (const [key, entry] of Object.entries(texts)) {
      if (typeof entry === "string") {
        continue;
      }
      for (const n of [0, 1, 2, 3, 5, 11, 21, 22, 100, 101]) {
        const words = text(key, { n, max: 10 });
        assert.ok(!/[{}]|undefined/.test(words), `${language}/${part} ${key}: ${words}`);
        assert.ok(words !== "", rules.select(n));
      }
    }
  }
}

function numbersAndParameters() {
  const catalogue = { a: "{who} telt {n}", b: { one: "{n} dag", other: "{n} dagen" } };
  const text = textsOf(catalogue, "nl");
  assert.equal(text("a", { who: "Jan", n: 1234567 }), "Jan telt 1.234.567");
  assert.equal(text("b", { n: 1 }), "1 dag");
  assert.equal(text("b", { n: 2 }), "2 dagen");
  assert.equal(text("a", { who: "{n}", n: 3 }), "{n} telt 3", "a parameter is not read again");
  const arabic = textsOf(catalogue, "ar");
  assert.equal(arabic("b", { n: 3 }), "3 dagen", "Latin digits");
  assert.equal(arabic("a", { who: "0800-2000", n: 3 }), "\u20680800-2000\u2069 telt 3", "not 2000-0800");
}

function languages() {
  for (const [wanted, available, expected] of [
    [["nl-NL", "en"], LANGUAGES, "nl"],
    [["de", "pl-PL"], LANGUAGES, "pl"],
    [["uk"], ["nl", "en"], "nl"],
    [["", "AR-EG"], LANGUAGES, "ar"],
    [[], LANGUAGES, "nl"],
  ]) {
    assert.equal(chooseLanguage(wanted, available), expected, String(wanted));
  }
  assert.deepEqual(LANGUAGES.map(directionOf), ["ltr", "ltr", "ltr", "rtl", "ltr", "ltr"]);
}

function dates() {
  const now = new Date(2026, 10, 22, 14, 5).getTime();
  const day = 86_400_000;
  assert.equal(dateOf(now, "nl"), "22 november 2026");
  assert.equal(clockOf(now, "nl"), "14:05");
  for (const [time, language, expected] of [
    [now, "nl", "vandaag"], [now - day, "nl", "gisteren"], [now + 3 * day, "nl", "over 3 dagen"],
    [now - 8 * day, "nl", "14 november 2026"], [now, "en", "today"],
  ]) {
    assert.equal(dayOf(time, now, language), expected);
  }
}

/** PROTOCOL.md §7 is the list of what a relay may answer. */
async function errors() {
  const page = await readFile(`${root}proto/PROTOCOL.md`, "utf8");
  const section = page.slice(page.indexOf("## 7."), page.indexOf("**Close codes**"));
  const codes = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  assert.ok(codes.length > 30, `only ${codes.length} codes found`);
  assert.deepEqual(codes.filter((code) => !(code in ERROR_KINDS)), [], "codes without words");
  const known = await readFile(`${root}include/kring/err.h`, "utf8");
  const names = new Set([...known.matchAll(/^\s*X\(\w+,\s*(?:\\\s*)?"(\w+)"/gm)].map(([, name]) => name));
  const ours = ["fenced", "interrupted", "internal", "full", "QuotaExceededError", "InvalidStateError", "unreachable",
    "incarnation", "trimmed", "slow_mode", "muted", "link"];
  for (const code of Object.keys(ERROR_KINDS)) {
    assert.ok(codes.includes(code) || names.has(code) || ours.includes(code), `${code} never comes`);
  }
  for (const kind of new Set(Object.values(ERROR_KINDS))) {
    assert.ok(`error.${kind}` in dutch("common"), kind);
  }
  assert.equal(kindOfError("something_new"), "trouble");
  return `${codes.length} errors of the relay have words`;
}

/** The app's type has all of a member's machine, and for each of a type there is a text: else it does not compile.
 * Of a reporter's machine the page says all in one sentence, and the machine itself in English. */
async function alarms() {
  const machine = await readFile(`${root}clients/core/alarms.h`, "utf8");
  const names = [...machine.matchAll(/^\s*X\(\w+,\s*"(\w+)"/gm)].map(([, name]) => name);
  assert.ok(names.length > 20, `only ${names.length} alarms found`);
  const types = await readFile(`${web}src/core/commands.ts`, "utf8");
  const [, known] = types.match(/export type AlarmName =([^;]*);/);
  assert.deepEqual([...known.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort(), names.sort());
  const page = await readFile(`${root}clients/core/COMMANDS.md`, "utf8");
  const [, listed] = page.match(/Alarms are named as in CASES\.md §10 (.*)/);
  const reporters = await readFile(`${root}clients/report/alarms.c`, "utf8");
  assert.deepEqual([...reporters.matchAll(/^\t\{"(\w+)",/gm)].map(([, name]) => name).sort(),
    [...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort());
  assert.ok("case.alarm" in dutch("report"));
  return `${names.length} alarms have words`;
}

/** What happened, and what to do now: in every language, of every error, and of what people see of an alarm. */
function saysWhatToDo() {
  const sentences = (text) => text.split(/[.!?؟](?:\s|$)/).filter((each) => each.trim() !== "").length;
  for (const { language, part, texts } of all) {
    for (const [key, text] of Object.entries(texts)) {
      if (/^error\./.test(key) || /^alarms\.(history|identity|rights|device|relay|inbox|case)$|^case\.alarm(sText)?$|^return\.long$/.test(key)) {
        assert.ok(sentences(text) >= 2, `${language}/${part} ${key}: ${text}`);
      }
    }
  }
}

await run([
  ["every language has every text with its parameters", sameKeysAndParameters],
  ["plurals", plurals],
  ["numbers and parameters", numbersAndParameters],
  ["the language is the user's", languages],
  ["dates", dates],
  ["every error has words", errors],
  ["every alarm has words", alarms],
  ["they say what to do now", saysWhatToDo],
]);
