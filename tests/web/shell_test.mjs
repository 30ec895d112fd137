// The app in a real browser from a real kringd: every page loads, keeps to its policy, asks nobody
// else, and leaves behind what it should.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "../interop/tap.mjs";
import { hasLeft, launch, newContext, storagesOf } from "./lib/browser.mjs";
import { look } from "./lib/look.mjs";
import { Relay } from "./lib/relay.mjs";

const relay = await Relay.start(process.argv[2]);
const browser = await launch();

/** Runs a test in a fresh browser and asks at the end that nothing was wrong on the way but what is expected. */
async function inBrowser(options, test, expected) {
  const { context, watched } = await newContext(browser, relay, options);
  try {
    const note = await test(await context.newPage(), context);
    const faults = watched.faults.filter((fault) => expected?.test(fault) !== true);
    assert.deepEqual({ ...watched, faults }, { faults: [], foreign: [] });
    return note;
  } finally {
    await context.close();
  }
}

function operatorsName() {
  return inBrowser({}, async (page) => {
    await page.goto("/toegankelijkheid");
    await page.getByText("Gemeente Voorbeeld wil dat iedereen").waitFor();
  });
}

function languages() {
  return inBrowser({ locale: "tr-TR" }, async (page) => {
    await page.goto("/melden");
    await page.getByText("112'yi arayın").waitFor();
    await page.getByRole("combobox").selectOption("ar");
    await page.getByText("اتصل بالرقم 112").waitFor();
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]),
      ["ar", "rtl"]);
    const { local, session } = await storagesOf(page);
    assert.deepEqual({ ...local, ...session }, {}, "the reporting page remembers no language");
  });
}

/** P8, as far as this page goes: a visit leaves nothing in the browser's storages. */
function reportingLeavesNothing() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await storagesOf(page), {
      databases: [], cached: [], local: {}, session: {}, cookies: "", history: null, title: "Kring",
      workers: 0,
    });
  });
}

const seesKeys = (page) => page.getByText("Of druk 3 keer op Shift.").evaluate((hint) =>
  getComputedStyle(hint).clipPath === "none");

function exitByButton() {
  return inBrowser({ isMobile: true, hasTouch: true }, async (page) => {
    await page.goto("/privacy");
    await page.goto("/melden");
    assert.equal(await seesKeys(page), false, "a telephone has no Shift");
    await page.getByRole("button", { name: "Deze pagina verlaten" }).click();
    await hasLeft(page);
    await page.goBack();
    assert.match(page.url(), /privacy/, "back does not come to the page that was left");
  });
}

function exitByShift() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await seesKeys(page), true);
    await page.waitForLoadState("networkidle"); // its target is in config.json
    await page.keyboard.press("Shift");
    await page.keyboard.press("Shift");
    await page.getByRole("status").filter({ hasText: "2 keer" }).waitFor({ state: "attached" });
    await page.keyboard.press("a");
    await page.keyboard.press("Shift");
    assert.match(page.url(), /melden/, "a letter in between begins anew");
    await page.keyboard.press("Shift");
    await page.keyboard.press("Shift");
    await hasLeft(page);
  });
}

/** Pressed while one screen makes place for the next. */
function exitBetweenScreens() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => {
      const before = document.querySelector("h1");
      new MutationObserver((_, observer) => {
        if (document.querySelector("h1") !== before) {
          observer.disconnect();
          for (let i = 0; i < 3; i++) {
            document.dispatchEvent(new KeyboardEvent("keyup", { key: "Shift" }));
          }
        }
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.locator("main .kring-actions button").first().click();
    await hasLeft(page);
  });
}

function keyboard() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await page.getByRole("heading", { level: 1 }).waitFor();
    const order = [];
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => document.activeElement.textContent.trim().slice(0, 20)));
    }
    assert.deepEqual(order.slice(0, 2), ["Naar de inhoud", "Deze pagina verlaten"]);
    assert.ok(order.some((text) => text.startsWith("Bel 112")), order.join(", "));
  });
}

const CODE = "een goede zin";

async function create(page, path = "/") {
  await page.goto(path);
  await page.getByLabel("Uw code").fill(CODE);
  await page.getByRole("button", { name: "Code bewaren" }).click();
  await page.getByRole("heading", { name: "Uw buurt" }).waitFor();
}

async function unlock(page, code = CODE) {
  await page.getByLabel("Uw code").fill(code);
  await page.getByRole("button", { name: "Openen" }).click();
}

function codeOfTheApp() {
  return inBrowser({}, async (page) => {
    await page.goto("/");
    await page.getByRole("button", { name: "Code bewaren" }).click();
    await page.getByRole("link", { name: "Vul dit in" }).click();
    await page.waitForFunction(() => document.activeElement.id === "code");
    await page.getByLabel("Uw code").fill("12345");
    await page.getByRole("button", { name: "Code bewaren" }).click();
    await page.getByRole("link", { name: "Gebruik 6 tekens of meer" }).waitFor();
    await create(page);
    await page.reload();
    await unlock(page, "een andere zin");
    await page.getByText("Dit is niet de goede code.").waitFor();
    await unlock(page);
    await page.getByRole("heading", { name: "Uw buurt" }).waitFor();
    await page.getByRole("button", { name: "App op slot doen" }).click();
    await page.getByRole("heading", { name: "Open de app" }).waitFor();
  });
}

/** One tab leads, the next follows without a code; when the first ends, it leads. */
function tabs() {
  return inBrowser({}, async (first, context) => {
    await create(first);
    const second = await context.newPage();
    await second.goto("/");
    await second.getByRole("heading", { name: "Uw buurt" }).waitFor();
    await first.close();
    await second.getByText("U bent nog niet lid van een buurt.").waitFor();
    const third = await context.newPage();
    await third.goto("/");
    await third.getByText("U bent nog niet lid van een buurt.").waitFor();
    await third.getByRole("button", { name: "App op slot doen" }).click();
    await second.getByRole("heading", { name: "Open de app" }).waitFor();
  });
}

function offline() {
  return inBrowser({}, async (page, context) => {
    await create(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const { cached } = await storagesOf(page);
    const { origin } = new URL(page.url());
    const manifest = await page.evaluate(async () => (await fetch("/manifest.json")).json());
    assert.deepEqual(cached.map((url) => url.replace(origin, "")).sort(),
      Object.keys(manifest).filter((url) => url !== "/sw.js").sort(), "the shell and no more");
    await context.setOffline(true);
    await page.reload();
    await unlock(page);
    await page.getByRole("heading", { name: "Uw buurt" }).waitFor();
    await context.setOffline(false);
  });
}

/** What cannot be had says so, and is asked for again by a press. */
const unreachable = (part) => () => inBrowser({}, async (page, context) => {
  await context.route(part, (route) => route.abort());
  await page.goto("/");
  await page.getByText("De app kon niet helemaal worden geladen.").waitFor();
  await look(page, "app-niet-geladen");
  await context.unroute(part);
  await page.getByRole("button", { name: "Probeer het nog een keer" }).click();
  await page.getByRole("heading", { name: "Bescherm deze app" }).waitFor();
}, NOT_LOADED);

/** What the browser says itself of a file that it did not get. */
const NOT_LOADED = /Failed to load resource|Failed to fetch/;

/** The app comes last: its service worker would have the other's script. */
function scriptDoesNotCome() {
  return inBrowser({}, async (page, context) => {
    for (const [path, script] of [["/melden", /\/report\.\w+\.js/], ["/", /\/app\.\w+\.js/]]) {
      await context.route(script, (route) => route.abort());
      await page.goto(path);
      await page.getByText("Is er nu gevaar? Bel 112.").waitFor();
      await look(page, `zonder-script${path.replace("/", "-")}`);
      await context.unroute(script);
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.equal(await page.getByText("wordt geladen").count(), 0);
    }
  }, NOT_LOADED);
}

/** Somebody who reports and cannot: whom to call, and another try. */
function reporterUnreachable() {
  return inBrowser({}, async (page, context) => {
    const part = /report\.worker\.\w+\.js/;
    await relay.offer(`${relay.origin}/melden#2.${"A".repeat(43)}.${"A".repeat(43)}.relay.test`);
    await context.route(part, (route) => route.abort());
    await page.goto("/melden");
    await page.locator("main .kring-actions button.utrecht-button--primary-action").first().click();
    const again = page.getByRole("button", { name: "Probeer het nog een keer" });
    await again.waitFor();
    await page.getByRole("link", { name: /0800/ }).first().waitFor();
    await look(page, "melden-niet-geladen");
    await context.unroute(part);
    const [worker] = await Promise.all([page.waitForEvent("worker"), again.click()]);
    assert.match(worker.url(), part);
    await relay.offer();
  }, NOT_LOADED);
}

/** A new version is on the server: it waits until the user agrees, and does nothing while somebody reports. */
async function newVersion() {
  const webRoot = await mkdtemp(join(tmpdir(), "kring-version-"));
  await cp(relay.webRoot, webRoot, { recursive: true });
  const own = await Relay.start(process.argv[2], { webRoot });
  const { context } = await newContext(browser, own);
  const page = await context.newPage();
  const caches = () => page.evaluate(() => globalThis.caches.keys());
  try {
    await create(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const [old, ...none] = await caches();
    assert.deepEqual(none, []);
    const script = await readFile(join(webRoot, "sw.js"), "utf8");
    await writeFile(join(webRoot, "sw.js"), script.replaceAll(old.replace("kring-", ""), "0123456789abcdef"));
    await rm(join(webRoot, "sw.js.gz"), { force: true });
    await own.stop();
    await own.launch();
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await page.getByText("Er is een nieuwe versie van de app.").waitFor();
    await look(page, "nieuwe-versie");
    await page.locator("#code").fill("half geschreven");
    const reporting = await context.newPage();
    await reporting.goto("/melden");
    await reporting.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("button", { name: "Laad de nieuwe versie" }).click();
    await page.getByText("Sluit eerst de andere tabbladen van Kring.").waitFor();
    assert.equal(await page.locator("#code").inputValue(), "half geschreven", "nothing was loaded again");
    await reporting.getByRole("heading", { level: 1 }).waitFor();
    assert.ok((await caches()).includes(old), "the old one's files are there as long as they may be needed");
    await reporting.close();
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Laad de nieuwe versie" }).click()]);
    await page.getByRole("heading", { name: "Open de app" }).waitFor();
    await page.waitForFunction(async () => (await globalThis.caches.keys()).join() === "kring-0123456789abcdef");
    assert.equal(await page.getByText("Er is een nieuwe versie").count(), 0);
  } finally {
    await context.close();
    await own.close();
    await rm(webRoot, { recursive: true, force: true });
  }
}

try {
  await run([
    ["the operator's name", operatorsName],
    ["languages, also from right to left", languages],
    ["p8_a_visit_to_the_reporting_page_leaves_nothing", reportingLeavesNothing],
    ["leave this page: the button", exitByButton],
    ["leave this page: Shift three times", exitByShift],
    ["leave this page: between two screens", exitBetweenScreens],
    ["the keyboard alone", keyboard],
    ["the code that opens the app", codeOfTheApp],
    ["several tabs", tabs],
    ["offline", offline],
    ["the app's worker does not come: said, and asked for again", unreachable(/core\.worker\.\w+\.js/)],
    ["nor its WebAssembly", unreachable(/kring\.\w+\.wasm/)],
    ["a page's script does not come", scriptDoesNotCome],
    ["the reporter's worker does not come: whom to call, and again", reporterUnreachable],
    ["a new version waits until the user agrees, and nobody reports", newVersion],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
