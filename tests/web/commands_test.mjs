// The types of src/core against the pages that they are written from.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { run } from "../interop/tap.mjs";
import { root, web } from "./lib/source.mjs";

const page = await readFile(`${root}clients/core/COMMANDS.md`, "utf8");
const sections = page.split(/^## /m);

/** The names in the first column of a section's tables of commands ("do") or questions ("ask"). */
function namesIn(numbers, head) {
  const names = [];
  for (const section of sections.filter((each) => numbers.includes(parseInt(each, 10)))) {
    for (const table of section.split("\n\n").filter((each) => each.startsWith(`| ${head} |`))) {
      for (const row of table.split("\n").slice(2)) {
        names.push(...[...row.split("|")[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));
      }
    }
  }
  assert.ok(names.length > 1, `nothing found in ${numbers} ${head}`);
  return names.sort();
}

/** The members of an interface, at its own level. */
async function membersOf(file, name) {
  const text = await readFile(`${web}src/core/${file}`, "utf8");
  const body = new RegExp(`^export interface ${name}(?: extends [^{]+)? \\{\\n(.*?)^\\}`, "ms").exec(text)[1];
  return [...body.matchAll(/^ {2}(\w+): \{/gm)].map(([, member]) => member).sort();
}

/** The names of an enumeration in content.h, as the core spells them. */
async function namesOfEnum(prefix) {
  const header = await readFile(`${root}include/kring/content.h`, "utf8");
  return [...header.matchAll(new RegExp(`\\b${prefix}_(\\w+) = \\d`, "g"))]
    .map(([, name]) => name.toLowerCase()).sort();
}

async function literalsOf(file, name) {
  const text = await readFile(`${web}src/core/${file}`, "utf8");
  const body = new RegExp(`^export type ${name} =([^;]+);`, "m").exec(text)[1];
  return [...body.matchAll(/"(\w+)"/g)].map(([, literal]) => literal).sort();
}

const same = (file, name, numbers, head) => async () =>
  assert.deepEqual(await membersOf(file, name), namesIn(numbers, head));

const sameEnum = (name, prefix) => async () =>
  assert.deepEqual(await literalsOf("content.ts", name), await namesOfEnum(prefix));

async function alarms() {
  const section = sections.find((each) => each.startsWith("8."));
  const names = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort();
  assert.deepEqual(await literalsOf("commands.ts", "AlarmName"), names);
}

await run([
  ["commands", same("commands.ts", "Commands", [1, 2, 3, 4, 5], "do")],
  ["questions", same("commands.ts", "Questions", [7], "ask")],
  ["professionals' commands", same("professional.ts", "ProfessionalCommands", [9], "do")],
  ["professionals' questions", same("professional.ts", "ProfessionalQuestions", [9], "ask")],
  ["reporters' commands", same("reporter.ts", "ReporterCommands", [10], "do")],
  ["reporters' questions", same("reporter.ts", "ReporterQuestions", [10], "ask")],
  ["alarms", alarms],
  ["categories", sameEnum("Category", "KR_CONCERN")],
  ["frequencies", sameEnum("Frequency", "KR_OFTEN")],
  ["precisions", sameEnum("Precision", "KR_SINCE")],
]);
