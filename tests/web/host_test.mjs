// The worker in a browser as users have them: one that lacks locks, one that lacks channels, a tab that
// slept while another took over, a killed tab; and the reporter's worker.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { launch, newContext, storagesOf } from "./lib/browser.mjs";
import { Relay } from "./lib/relay.mjs";
import { script, source, wasm } from "./lib/source.mjs";

const relay = await Relay.start(process.argv[2]);
const browser = await launch();
const CODE = "een goede zin";

/** Changes what the worker finds in its browser before it starts. */
async function withoutIn(context, ...names) {
  await context.route(/worker\..*\.js$/, async (route) => {
    const response = await route.fetch();
    const missing = names.map((name) =>
      `Object.defineProperty(${name.includes("locks") ? "navigator" : "self"}, "${name}", { value: undefined });`);
    await route.fulfill({ response, body: `${missing.join("")}\n${await response.text()}` });
  });
}

async function inBrowser(missing, test) {
  const { context, watched } = await newContext(browser, relay);
  try {
    // As in Firefox's private windows; what a service worker answers, withoutIn would not see.
    await context.addInitScript(() => delete Navigator.prototype.serviceWorker);
    await withoutIn(context, ...missing);
    await test(await context.newPage(), context);
    assert.deepEqual(watched.foreign, []);
    assert.deepEqual(watched.faults, []);
  } finally {
    await context.close();
  }
}

async function create(page) {
  await page.goto("/");
  await page.getByLabel("Uw code").fill(CODE);
  await page.getByRole("button", { name: "Code bewaren" }).click();
  await page.getByText("U bent nog niet lid van een buurt.").waitFor();
}

async function unlock(page) {
  await page.getByLabel("Uw code").fill(CODE);
  await page.getByRole("button", { name: "Openen" }).click();
}

/** Firefox before 96. */
function noLocks() {
  return inBrowser(["locks"], async (first, context) => {
    await create(first);
    const second = await context.newPage();
    await second.goto("/");
    await second.getByText("U bent nog niet lid van een buurt.").waitFor();
    await first.close();
    await second.getByRole("button", { name: "App op slot doen" }).waitFor();
    // The lease of the first has to run out; then the second leads and answers for a third.
    const third = await context.newPage();
    await third.goto("/");
    await third.getByText("U bent nog niet lid van een buurt.").waitFor();
  });
}

/** Safari before 15.4. */
function noChannel() {
  return inBrowser(["locks", "BroadcastChannel"], async (first, context) => {
    await create(first);
    const second = await context.newPage();
    await second.goto("/");
    await unlock(second);
    await second.getByText("De app is in een ander tabblad geopend.").waitFor();
    await first.close();
    await second.getByText("U bent nog niet lid van een buurt.").waitFor();
  });
}

/** What was kept is there after the process of the tab was ended. */
function killedTab() {
  return inBrowser([], async (page, context) => {
    await create(page);
    const session = await context.newCDPSession(page);
    const gone = new Promise((resolve) => page.once("crash", resolve));
    session.send("Page.crash").catch(() => {});
    await gone;
    const next = await context.newPage();
    await next.goto("/");
    await unlock(next);
    await next.getByText("U bent nog niet lid van een buurt.").waitFor();
  });
}

/** The keystore itself, in a page of the app. */
function inKeystore(test) {
  return inBrowser([], async (page) => {
    await page.goto("/privacy");
    await page.evaluate(`${keystoreScript}; window.kring = kring;`);
    await page.evaluate(test);
    assert.deepEqual((await storagesOf(page)).databases, [], "wiped");
  });
}

const keepsRecords = () => inKeystore(async () => {
  const { Keystore, createVault } = window.kring;
  const derive = (password, salt) => new Uint8Array(32).fill(password.length + salt.length);
  const { header, keys } = await createVault(derive, "zin", { passes: 1, memory: 1 });
  const bytes = (text) => new TextEncoder().encode(text);
  const fail = (what) => {
    throw new Error(what);
  };
  const contentOf = async (store) => {
    const found = {};
    await store.load(keys, (name, value) => {
      found[name] = new TextDecoder().decode(value);
    });
    return JSON.stringify(Object.fromEntries(Object.entries(found).sort()));
  };

  const first = await Keystore.open("test");
  await first.putHeader(header);
  const fence = await first.takeFence();
  await first.write(keys, fence, [{ key: "a", value: bytes("1") }, { key: "b", value: bytes("2") }]);
  await first.write(keys, fence, [{ key: "a", value: bytes("3") }, { key: "b", value: null }]);
  (await contentOf(first)) === '{"a":"3"}' || fail(await contentOf(first));

  // Another tab takes over; the first one slept, and is refused all of its write.
  const second = await Keystore.open("test");
  const later = await second.takeFence();
  const code = await first.write(keys, fence, [{ key: "a", value: bytes("old") }]).catch((error) => error.code);
  code === "fenced" || fail(`not fenced: ${code}`);
  await second.write(keys, later, [{ key: "c", value: bytes("4") }]);
  (await contentOf(second)) === '{"a":"3","c":"4"}' || fail(await contentOf(second));

  // Leases: the holder's until it runs out.
  const turns = [["x", 0, true], ["y", 5, false], ["x", 5, true], ["y", 16, true], ["x", 17, false]];
  for (const [holder, now, expected] of turns) {
    (await second.takeLease(holder, now, 10)) === expected || fail(`lease ${holder} ${now}`);
  }
  await second.wipe();
});

/** The reporter's module: no member's machine in it, and it answers. */
async function reporter() {
  const compiled = await wasm("report");
  const names = WebAssembly.Module.exports(compiled).map(({ name }) => name);
  assert.ok(names.includes("web_report_input") && !names.some((name) => name.startsWith("web_core")));
  const { WasmModule } = await source("src/core/wasm.ts");
  const { Machine } = await source("src/core/machine.ts");
  const machine = new Machine(await WasmModule.load(compiled), "report");
  const answers = [];
  for (const command of [{ do: "open", url: "ws://x/kring", relay: "x", link: "no link", pinned: false },
    { do: "forget" }]) {
    machine.input({ kind: "command", id: answers.length + 1, command }, Date.now());
    for (let output = machine.nextOutput(); output; output = machine.nextOutput()) {
      output.kind === "answer" && answers.push(output.answer.error ?? "ok");
      assert.notEqual(output.kind, "store");
    }
  }
  assert.deepEqual(answers, ["link", "ok"]);
  machine.free();
}

const keystoreScript = await script("kring", "src/host/keystore.ts", "src/host/vault.ts");

try {
  await run([
    ["a browser without locks", noLocks],
    ["a browser without locks and channels", noChannel],
    ["p1_a_killed_tab", killedTab],
    ["p1_a_tab_that_slept_cannot_write", keepsRecords],
    ["the reporter's module", reporter],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
