// The reporting page end to end, in a real browser against a real kringd, with a professional on the
// command line: P8 (nothing is left, no other host) and P7 (not opened: call). access_test.mjs looks at its
// screens and goes through them by the keyboard alone.
import assert from "node:assert/strict";
import { join } from "node:path";

import { run } from "../interop/tap.mjs";
import {
  contentsOf, hasLeft, launch, launchWithNetLog, newContext, storagesOf, urlsOf,
} from "./lib/browser.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { keepsFocus } from "./lib/keyboard.mjs";
import { ANSWERS, comeBack, fill, next, send, submit } from "./lib/melden.mjs";
import { Relay } from "./lib/relay.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const wim = await Inbox.make({ kring, kringctl }, relay, "Wijkteam");
const slow = await Inbox.make({ kring, kringctl }, relay, "Traag", { acknowledge: 1 });
const browser = await launch();
const poster = `/melden${wim.fragment}`;

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

const NOTHING = {
  databases: [], cached: [], local: {}, session: {}, cookies: "", history: null, title: "Kring", workers: 0,
};

/** What the browser keeps while the page is open: not more than how many screens there were. */
async function keepsNothing(page) {
  const { history, ...rest } = await storagesOf(page);
  const { history: none, ...nothing } = NOTHING;
  assert.equal(none, null);
  assert.deepEqual(rest, nothing);
  assert.ok(history === null || (Object.keys(history).join() === "kring" && Number.isInteger(history.kring)));
  assert.equal(new URL(page.url()).hash, "");
}

let digits;

async function report() {
  await inBrowser({}, async (page) => {
    await page.goto(poster);
    await fill(page, ANSWERS, () => keepsNothing(page));
    await page.getByText("Lange Laan 12 1234 ab Ons Dorp").waitFor();
    digits = await send(page, () => keepsNothing(page));
    assert.match(digits, /^(\d{4} ){4}\d{4}$/);
    await next(page, () => page.getByRole("button", { name: "Hoe het ervoor staat" }).click());
    await page.getByText("Aangekomen. Nog niemand heeft het geopend.").waitFor();
  });
  const [row] = await wim.cases();
  const { signal } = await wim.ask("case", row.case);
  assert.equal(signal.seen, ANSWERS.seen);
  assert.deepEqual([signal.kind, signal.urgency, signal.category, signal.at_risk, signal.ages],
    ["anonymous", "this_week", "violence", ["child"], [4, 7]]);
  assert.deepEqual([signal.street, signal.number, signal.postcode, signal.since.precision, signal.origin],
    ["Lange Laan", 12, "1234AB", "year", "poster"]);
}

/** From another device: what a professional says appears while one looks; and what may be said. */
async function comesBack() {
  const [{ case: id }] = await wim.cases();
  await inBrowser({}, async (page) => {
    await page.goto("/melden");
    await comeBack(page, digits.replaceAll(" ", ""), () => keepsNothing(page));
    await page.getByText("Er is nog geen antwoord.").waitFor();
    await wim.ask("case", "acknowledge", id, "Dank u. Ik lees mee.");
    await page.getByText("Dank u. Ik lees mee.").waitFor();
    await page.getByText("Een professional heeft het geopend.").waitFor();
    await next(page, () => page.getByRole("button", { name: "Iets zeggen" }).click());
    await page.locator("#words").fill("Vooral in het weekend.");
    await submit(page);
    await page.getByText("Het is verstuurd.").waitFor();
    await next(page, () => page.getByRole("button", { name: "Het wordt erger" }).click());
    await page.locator("#urgency-1").check();
    await page.locator("#words").fill("Er is nu ook geschreeuw.");
    await submit(page);
    await page.getByText("Wat er gebeurde").waitFor();
    const text = await page.locator("main").textContent();
    assert.ok(!text.includes("weekend") && !text.includes(ANSWERS.seen), "one's own words are not shown");
    await wim.ask("case", "close", id, "help_started", "Er is nu hulp.");
    await page.getByText("Er is nu hulp.").waitFor();
    await next(page, () => page.getByRole("button", { name: "Het gaat door" }).click());
    await page.locator("#urgency-1").check();
    await submit(page);
    await page.getByText("opent het weer").waitFor();
    await page.getByText("Het is weer open.").waitFor();
    await keepsNothing(page);
    await next(page, () => page.getByRole("button", { name: "Klaar" }).click());
    await page.getByRole("heading", { name: "Maakt u zich zorgen" }).waitFor();
  });
  const { timeline, state } = await wim.ask("case", id);
  const said = timeline.map(({ text }) => text);
  assert.ok(said.includes("Vooral in het weekend.") && said.includes("Er is nu ook geschreeuw."), String(said));
  assert.notEqual(state, "closed");
}

function wrongDigits() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await next(page, () => page.getByRole("button", { name: "Terugkomen" }).click());
    const open = page.getByRole("button", { name: "Openen" });
    await open.click();
    await page.getByRole("link", { name: "Vul dit in" }).waitFor();
    await page.locator("#code").fill("1234 5678 9012 3456 7889");
    await open.click();
    await page.getByText("Dit zijn niet de goede cijfers.").waitFor();
    await page.locator("#code").fill("1234 5678 9012 3456 7888");
    await open.click();
    await page.getByText("Met deze code is hier niets te vinden.").waitFor();
  });
}

/** Nothing is sent before the digits are repeated; what is wrong is said, and may be changed. */
function checked() {
  return inBrowser({}, async (page) => {
    await page.goto(poster);
    await next(page, () => page.getByRole("button", { name: "Iets vertellen" }).click());
    await next(page, () => page.getByRole("button", { name: "Verder" }).click());
    await page.getByRole("button", { name: "Verder" }).click();
    await page.getByRole("link", { name: "Kies een antwoord" }).click();
    await page.waitForFunction(() => document.activeElement.id === "kind-0");
    await page.getByRole("button", { name: "Terug", exact: true }).click();
    await next(page, () => page.getByRole("button", { name: "Terug", exact: true }).click());
    await fill(page, { ...ANSWERS, address: { ...ANSWERS.address, postcode: "1234 AB" } });
    await next(page, () => page.getByRole("button", { name: "Waar is het? wijzigen" }).click());
    await page.locator("#postcode").fill("0234");
    await keepsFocus(page, ".kring-errors", "#postcode", async () => {
      await page.locator("form button[type=submit]").click();
      await page.getByRole("link", { name: "Dit kan niet kloppen" }).waitFor();
    });
    await page.locator("#postcode").fill("");
    await submit(page);
    await next(page, () => page.getByRole("button", { name: "Verder" }).click());
    await page.locator(".kring-receipt").waitFor();
    const before = (await wim.cases()).length;
    await next(page, () => page.getByRole("button", { name: "Ik heb de cijfers" }).click());
    await page.locator("#code").fill("1111 1111 1111 1111 1111");
    await page.locator("form button[type=submit]").click();
    await page.getByText("Dit zijn niet de goede cijfers.").waitFor();
    assert.equal((await wim.cases()).length, before, "nothing was sent");
  });
}

function named() {
  return inBrowser({}, async (page) => {
    await page.goto(poster);
    await fill(page, { ...ANSWERS, kind: 2 });
    await send(page);
    const row = (await wim.cases()).find(({ kind }) => kind === "named");
    const seen = await wim.ask("case", row.case);
    assert.deepEqual([seen.identity.name, seen.identity.contact, seen.signal.reach],
      ["Jan Jansen", "06 12345678", "identity"]);
  });
}

/** P8: after "leave this page", in the middle and at the end, nothing of it is anywhere. */
function leaving() {
  return inBrowser({}, async (page) => {
    await page.goto("/privacy");
    await page.goto(poster);
    await fill(page, { ...ANSWERS, kind: 0 });
    await page.getByRole("button", { name: "Deze pagina verlaten" }).click();
    await hasLeft(page);
    await page.goBack();
    await page.waitForURL(/privacy/); // "back" leads before the first screen
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await storagesOf(page), { ...NOTHING, title: await page.title() });
    await page.goForward();
    await page.goForward(); // its other screens are behind the page that was left to
    await page.getByRole("heading", { name: "Maakt u zich zorgen" }).waitFor();
    assert.ok(!(await page.content()).includes(ANSWERS.seen), "no form comes back filled in");
  });
}

/** P8, of a member, whose browser keeps the app and its records: after a report, a return and "leave this page"
 * they are what they were, byte for byte; and no process of the browser has asked another host for anything. */
async function member() {
  const log = join(relay.folder, "netlog.json");
  const own = await launchWithNetLog(log);
  try {
    const { context, watched } = await newContext(own, relay);
    await reportAsMember(await context.newPage());
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(watched, { faults: [], foreign: [] });
  } finally {
    await own.close();
  }
  const urls = await urlsOf(log);
  const host = new URL(relay.origin).host;
  assert.deepEqual(urls.filter((url) => new URL(url).host !== host), []);
  for (const wanted of [/^ws:.*\/kring$/, /\/report\..*\.wasm$/, /\/sw\.js$/]) {
    assert.ok(urls.some((url) => wanted.test(url)), `${wanted}: a worker's request is not in the log`);
  }
}

async function reportAsMember(page) {
  await page.goto("/");
  await page.locator("#code").fill("een goede zin");
  await page.locator("form button[type=submit]").click();
  await page.locator("#link").waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto("/privacy");
  const before = await contentsOf(page);
  await page.goto(poster);
  await fill(page);
  const receipt = await send(page);
  await page.goto("/melden");
  await comeBack(page, receipt);
  await page.getByRole("button", { name: "Deze pagina verlaten" }).click();
  await hasLeft(page);
  await page.goto("/privacy");
  const after = await contentsOf(page);
  assert.deepEqual(after, before);
  assert.ok(after.cached.length > 10 && Object.keys(after.records).length > 0, "the app is there");
  const text = JSON.stringify(after);
  for (const word of [ANSWERS.seen, ANSWERS.address.street, receipt, receipt.replaceAll(" ", "")]) {
    assert.ok(!text.includes(word), word);
  }
}

/** Without a connection it stays on the screen, and goes on when there is one. */
function offline() {
  return inBrowser({}, async (page, context) => {
    await page.goto(poster);
    await fill(page, { ...ANSWERS, kind: 0 });
    await context.setOffline(true);
    await page.getByText("Er is geen verbinding.").waitFor();
    await keepsNothing(page);
    await context.setOffline(false);
    await page.getByText("Er is geen verbinding.").waitFor({ state: "detached" });
    await send(page);
  });
}

/** From the relay's configuration: not pinned, and it says so; the other one must not learn of it; nobody
 * opens it: call. */
async function notOpened() {
  await relay.offer(wim.link, slow.link);
  try {
    await inBrowser({}, async (page) => {
      await page.goto("/melden");
      await next(page, () => page.getByRole("button", { name: "Iets vertellen" }).click());
      await page.getByLabel("Traag").check();
      await page.getByText("Dit adres komt van deze website.").waitFor();
      await page.locator(".kring-summary ~ .kring-actions").waitFor(); // whose it is stands above what is pressed
      await submit(page);
      for (const id of ["kind-0", "danger_now-1", "urgency-2", "category-0"]) {
        await page.locator(`#${id}`).check();
        await submit(page);
      }
      await page.locator("#seen").fill("Wat kan ik doen?");
      await submit(page);
      for (const id of ["at_risk-5", "how_often-5", "weapons-2"]) {
        await page.locator(`#${id}`).check();
        await submit(page);
      }
      await submit(page);
      await page.locator("#excluded-0").check();
      await submit(page);
      await page.locator("#reach-0").check();
      await submit(page);
      await next(page, () => page.getByRole("button", { name: "Het is goed zo" }).click());
      await send(page);
      await page.getByText("Niemand heeft het op tijd geopend. Bel: 0800-2000").first().waitFor();
    });
    const [row] = await slow.cases();
    const { signal } = await slow.ask("case", row.case);
    assert.equal(signal.excluded.length, 1, "who must not learn of it goes with it");
  } finally {
    await relay.offer();
  }
}

function noInbox() {
  return inBrowser({}, async (page) => {
    await page.goto("/melden");
    await next(page, () => page.getByRole("button", { name: "Iets vertellen" }).click());
    await page.getByText("Hier kunt u nu niets vertellen. Bel Veilig Thuis").waitFor();
  });
}

try {
  await run([
    ["a walk-in report, end to end", report],
    ["back with the digits: read, answer, worse, it goes on", comesBack],
    ["digits that are wrong, and that lead nowhere", wrongDigits],
    ["answers are checked, and nothing goes before the digits are repeated", checked],
    ["with a name", named],
    ["p8_after_leaving_nothing_is_left", leaving],
    ["p8_a_member_reports: nothing is left, no other host is asked", member],
    ["without a connection", offline],
    ["p7_not_opened_in_time_says_call", notOpened],
    ["no inbox", noInbox],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
