// The whole app type-checks: strictly, and with every text in every language.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { run } from "../interop/tap.mjs";
import { web } from "./lib/source.mjs";

function check(project) {
  const { status, stdout } = spawnSync(process.execPath,
    [`${web}node_modules/typescript/bin/tsc`, "--project", `${web}${project}`], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
}

await run([
  ["the app", () => check("tsconfig.json")],
  ["the service worker", () => check("sw/tsconfig.json")],
]);
