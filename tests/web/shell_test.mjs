// The app in a real browser from a real kringd: every page loads, keeps to its policy, asks nobody
// else, and leaves behind what it should.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { launch, newContext, storagesOf } from "./lib/browser.mjs";
import { Relay } from "./lib/relay.mjs";

const relay = await Relay.start(process.argv[2]);
const browser = await launch();

/** Runs a test in a fresh browser and asks at the end that nothing was wrong on the way. */
async function inBrowser(options, test) {
  const { context, watched } = await newContext(browser, relay, options);
  try {
    const note = await test(await context.newPage(), context);
    assert.deepEqual(watched, { faults: [], foreign: [] });
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

function exitByButton() {
  return inBrowser({}, async (page) => {
    await page.goto("/privacy");
    await page.goto("/melden");
    await page.getByRole("button", { name: "Deze pagina verlaten" }).click();
    await page.waitForURL("https://exit.test/");
    await page.goBack();
    assert.match(page.url(), /privacy/, "back does not come to the page that was left");
  });
}

function exitByShift() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle"); // its target is in config.json
    await page.keyboard.press("Shift");
    await page.keyboard.press("Shift");
    await page.getByRole("status").filter({ hasText: "2 keer" }).waitFor({ state: "attached" });
    await page.keyboard.press("a");
    await page.keyboard.press("Shift");
    assert.match(page.url(), /melden/, "a letter in between begins anew");
    await page.keyboard.press("Shift");
    await page.keyboard.press("Shift");
    await page.waitForURL("https://exit.test/");
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
    assert.equal(await page.evaluate(() => document.activeElement.id), "code");
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

try {
  await run([
    ["the operator's name", operatorsName],
    ["languages, also from right to left", languages],
    ["p8_a_visit_to_the_reporting_page_leaves_nothing", reportingLeavesNothing],
    ["leave this page: the button", exitByButton],
    ["leave this page: Shift three times", exitByShift],
    ["the keyboard alone", keyboard],
    ["the code that opens the app", codeOfTheApp],
    ["several tabs", tabs],
    ["offline", offline],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
