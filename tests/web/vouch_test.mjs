// A verified neighbour sends a named signal from the app: the reporting page asks the app that it was opened
// from, its user agrees there, and a professional of the same neighbourhood sees "verified". Everything else
// goes with a name and no proof: no, a locked app, one of nobody's. P8: the app sends and keeps nothing because of
// it, leaving the page takes the question off the app's screen, and no other origin gets an answer.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, contentsOf, hasLeft, launch, newContext, storagesOf } from "./lib/browser.mjs";
import { CliPerson } from "./lib/cli.mjs";
import { counted, startCounting } from "./lib/counting.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { look } from "./lib/look.mjs";
import { ANSWERS, fill, next, send } from "./lib/melden.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Professional } from "./lib/professional.mjs";
import { Relay } from "./lib/relay.mjs";
import { source } from "./lib/source.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const programs = { kring, kringctl };
const relay = await Relay.start(kringd);
const browser = await launch();
const wim = await Inbox.make(programs, relay, "Wijkagent");
const anna = new CliPerson(programs, relay, "Anna");
const otto = new CliPerson(programs, relay, "Otto");
const els = await Professional.start(browser, relay, "Els", { viewport: DESKTOP });
const jan = await Neighbour.start(browser, relay, "Jan", { viewport: PHONE });
const { professional } = await source("src/i18n/nl/professional.ts");
const { report } = await source("src/i18n/nl/report.ts");
const { resident } = await source("src/i18n/nl/resident.ts");

const NAMED = { ...ANSWERS, kind: 2 };
const ask = (page) => page.getByRole("button", { name: report["vouch.yes"] }).click();
const says = (page, state) => page.getByText(report[`vouch.${state}`]).waitFor();
const dialogOf = ({ page }) => page.getByRole("dialog", { name: resident["vouch.heading"] });
const agree = (person) => dialogOf(person).getByRole("button", { name: resident["vouch.yes"] }).click();

/** The page that a click opens. */
async function opened(person, click) {
  const [page] = await Promise.all([person.context.waitForEvent("page"), click()]);
  return page;
}

async function byTheApp(person) {
  await person.go("Zorgen");
  return opened(person, () => person.page.getByRole("link", { name: resident["concerns.report"] }).click());
}

/** As far as the question, with another house number each time: professionals find it by that. */
async function filled(page, number) {
  await fill(page, { ...NAMED, address: { ...NAMED.address, number } });
  await next(page, () => page.getByRole("button", { name: "Verder", exact: true }).click());
}

/** From the question on. */
const goOn = (page) => next(page, () => page.getByRole("button", { name: report["vouch.no"] }).click());

/** From the digits on, until it has arrived. */
async function digits(page) {
  const receipt = await page.locator(".kring-receipt").textContent();
  await next(page, () => page.locator("main .kring-actions button").first().click());
  await page.locator("#code").fill(receipt);
  await page.locator("form button[type=submit]").click();
  await page.locator(".kring-arrival").waitFor();
}

/** What the professional reads of who sent it. */
async function seenBy(person, number) {
  await person.go("Zaken");
  await person.openCase(`Lange Laan ${number}`);
  await person.page.getByText("Jan Jansen").waitFor();
  const verified = await person.page.getByText(professional["identity.verified"]).count();
  assert.equal(await person.page.getByText(professional["identity.unverified"]).count(), 1 - verified);
  return verified === 1;
}

async function settle() {
  await anna.found("De Linden");
  const { link } = await anna.ask(["invite", "--uses", "2"]);
  for (const person of [els, jan]) {
    await person.open(link);
    await person.askToJoin("Nummer 12");
    await anna.ask(["admit", person.name]);
    await anna.syncUntil(() => person.sees("heading", "Zorgen in De Linden"));
  }
  await els.go("Instellingen");
  await els.page.getByRole("link", { name: "Ik werk als professional" }).click();
  await els.page.getByRole("link", { name: "Bij een team komen" }).click();
  await els.enterTeam(wim);
  // Names are said to who came in after a while: from then on his app has nothing to say or hear.
  await jan.go("Buurt");
  await jan.press("Bekijk de leden");
  await jan.page.getByRole("link", { name: "Els" }).waitFor();
  await relay.offer(wim.link);
}

async function verified() {
  await startCounting(jan.page);
  const page = await byTheApp(jan);
  await filled(page, "31");
  assert.ok(await page.evaluate(() => opener === null), "nothing else on the page finds the app");
  await look(page, "melden-bewijs");
  const before = await contentsOf(jan.page);
  await ask(page);
  await says(page, "asked");
  await look(page, "melden-bewijs-gevraagd");
  await dialogOf(jan).getByText("lid bent van De Linden").waitFor();
  await jan.page.bringToFront(); // as whoever changes tabs
  await look(jan.page, "bewijs");
  await agree(jan);
  await page.bringToFront();
  await says(page, "given");
  await look(page, "melden-bewijs-mee");
  await dialogOf(jan).waitFor({ state: "detached" });
  assert.deepEqual(await contentsOf(jan.page), before, "the app keeps nothing of it");
  await next(page, () => page.getByRole("button", { name: "Verder", exact: true }).click());
  await digits(page);
  const { local, session, history, title } = await storagesOf(page);
  assert.deepEqual([local, session, title], [{}, {}, "Kring"]);
  assert.deepEqual(Object.keys(history), ["kring"]);
  assert.deepEqual(await counted(jan.page), { sent: 0, heard: 0, kept: 0 });
  await page.close();
  assert.equal(await seenBy(els, "31"), true);
  const row = (await wim.cases()).find(({ kind }) => kind === "named");
  const { signal, verified: isVerified } = await wim.ask("case", row.case);
  assert.deepEqual([signal.origin, isVerified], ["community", false], "who is not of that neighbourhood cannot know");
  await jan.go("Chat");
  await jan.say("Dag buren");
  // Told as sent, it has been kept, sent and acknowledged.
  await jan.page.getByText("Wacht op verzending").waitFor({ state: "detached" });
  const control = await counted(jan.page);
  assert.ok(Math.min(control.sent, control.heard, control.kept) > 0, JSON.stringify(control));
}

/** The user says no: it goes with the name. */
async function refused() {
  const page = await byTheApp(jan);
  await filled(page, "32");
  await ask(page);
  await dialogOf(jan).getByRole("button", { name: "Annuleren" }).click();
  await says(page, "none");
  await dialogOf(jan).waitFor({ state: "detached" });
  await look(page, "melden-geen-bewijs");
  await goOn(page);
  await digits(page);
  await page.close();
  assert.equal(await seenBy(els, "32"), false);
}

/** Another tab locks the app while it asks; then it answers nothing until it is opened. Whoever agreed may still
 * go without. */
async function locked() {
  const page = await byTheApp(jan);
  await filled(page, "34");
  await ask(page);
  await dialogOf(jan).waitFor();
  const other = await jan.context.newPage();
  await other.goto("/");
  await other.getByRole("navigation").getByRole("link", { name: "Instellingen" }).click();
  await other.getByRole("button", { name: "App op slot doen" }).click();
  await says(page, "locked");
  await jan.page.getByRole("heading", { name: "Open de app" }).waitFor();
  assert.equal(await dialogOf(jan).count(), 0);
  await page.bringToFront();
  await look(page, "melden-app-op-slot");
  await ask(page);
  await says(page, "locked");
  assert.equal(await dialogOf(jan).count(), 0);
  await other.close();
  await jan.enter();
  await ask(page);
  await agree(jan);
  await says(page, "given");
  await goOn(page);
  await digits(page);
  await page.close();
  assert.equal(await seenBy(els, "34"), false);
}

/** What the app shows goes with the page, however that is left; by "leave this page" the app itself does. */
async function leaving() {
  const page = await byTheApp(jan);
  await filled(page, "35");
  let before;
  const leaves = async (asking, leave) => {
    before = await contentsOf(jan.page);
    await ask(asking);
    await dialogOf(jan).waitFor();
    await leave();
    await dialogOf(jan).waitFor({ state: "detached" });
    assert.deepEqual(await contentsOf(jan.page), before);
  };
  await leaves(page, () => next(page, () => page.getByRole("button", { name: "Terug", exact: true }).click()));
  await next(page, () => page.getByRole("button", { name: "Verder", exact: true }).click());
  await ask(page);
  await dialogOf(jan).waitFor();
  await page.getByRole("button", { name: "Deze pagina verlaten" }).click();
  await Promise.all([page, jan.page].map(hasLeft)); // nobody finds the app behind the page
  await page.goto("/privacy");
  assert.deepEqual(await contentsOf(page), { ...before, title: await page.title(), history: null });
  await page.close();
  await jan.page.goto("/");
  await jan.page.getByRole("heading", { name: "Open de app" }).waitFor();
  await jan.enter();
  const closed = await byTheApp(jan);
  await filled(closed, "36");
  await leaves(closed, () => closed.close());
}

/** Neither of who gives no name, nor where the app is gone. */
async function notAsked() {
  const page = await byTheApp(jan);
  await fill(page, { ...ANSWERS, kind: 1 });
  await send(page);
  await page.close();
  const alone = await byTheApp(jan);
  await jan.kill();
  await filled(alone, "37");
  await alone.getByRole("heading", { level: 1, name: report["receipt.heading"] }).waitFor();
  await alone.close();
  await jan.unlock();
}

/** Of two neighbourhoods one is proven, to who is in it. */
async function ofWhich() {
  await otto.found("De Es");
  const { link } = await otto.ask(["invite"]);
  await jan.kill();
  jan.page = await jan.context.newPage();
  await jan.page.goto(link);
  await jan.page.locator("#code").fill("een goede zin");
  await jan.press("Openen");
  await jan.page.getByRole("heading", { name: "U bent uitgenodigd" }).waitFor();
  await jan.page.locator("#check").fill("Nummer 12");
  await jan.press("Vraag of u erbij mag");
  await jan.page.getByRole("navigation").waitFor();
  await otto.ask(["admit", "Jan"]);
  await otto.syncUntil(async () => (await otto.ask(["members"])).members.length === 2);
  const page = await byTheApp(jan);
  await filled(page, "38");
  await ask(page);
  await dialogOf(jan).getByText("lid bent van De Linden").waitFor();
  await dialogOf(jan).getByLabel("De Es").check();
  await dialogOf(jan).getByText("lid bent van De Es").waitFor();
  await jan.page.bringToFront();
  await look(jan.page, "bewijs-van-welke-buurt");
  await agree(jan);
  await next(page, () => page.getByRole("button", { name: "Verder", exact: true }).click());
  await digits(page);
  await page.close();
  assert.equal(await seenBy(els, "38"), false);
}

/** An app that is in no neighbourhood says so without asking anybody. */
async function ofNobody() {
  const { context } = await newContext(browser, relay);
  const app = await context.newPage();
  await app.goto("/");
  await app.locator("#code").fill("een goede zin");
  await app.locator("form button[type=submit]").click();
  await app.locator("#link").waitFor();
  const page = await opened({ context }, () => app.evaluate(() => void open("/melden")));
  await filled(page, "40");
  await ask(page);
  await says(page, "none");
  await context.close();
}

/** What a window says to the app's own, with a port: what comes back to that. */
const asked = (page, request, origin) => page.evaluate(([data, from]) => {
  const { port1, port2 } = new MessageChannel();
  globalThis.answers = [];
  port1.onmessage = (event) => globalThis.answers.push(event.data);
  dispatchEvent(new MessageEvent("message", { data, origin: from ?? location.origin, source: window, ports: [port2] }));
}, [request, origin]);

const answers = (page) => page.evaluate(() => globalThis.answers);
const answered = (page) => page.waitForFunction(() => globalThis.answers.length > 0);

/** Of what a page says the app takes the case and the event, and of no other origin anything. */
async function onlyOfItsOwn() {
  const id = { case: "A".repeat(43), event: "A".repeat(22) };
  await asked(jan.page, { vouch: id }, "https://kring.hostile.test");
  await asked(jan.page, { vouch: { ...id, do: "lock", community: id.case } });
  await agree(jan);
  await answered(jan.page);
  const [answer, ...more] = await answers(jan.page);
  assert.deepEqual([Object.keys(answer), more], [["certificate", "proof"], []]);
}

/** A page of another origin in the same browser, which opens the app and the reporting page, and speaks to both.
 * With `isOld` the browser knows nothing of Cross-Origin-Opener-Policy, and lets it. */
async function fromElsewhere(isOld) {
  const { context } = await newContext(browser, relay, { serviceWorkers: "block" });
  await context.route("http://hostile.test/", (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>hostile</title>" }));
  if (isOld) {
    const isPage = ({ origin, pathname }) => origin === relay.origin && ["/", "/melden"].includes(pathname);
    await context.route(isPage, async (route) => {
      const response = await route.fetch();
      const { "cross-origin-opener-policy": policy, ...headers } = response.headers();
      assert.equal(policy, "same-origin");
      await route.fulfill({ response, headers });
    });
  }
  const hostile = await context.newPage();
  await hostile.goto("http://hostile.test/");
  await hostile.evaluate(() => {
    globalThis.answers = [];
    addEventListener("message", ({ data }) => globalThis.answers.push(data));
  });
  await context.addInitScript(() => {
    globalThis.openedBy = opener; // before the page lets go of it
  });
  const opens = (path) => opened({ context }, () => hostile.evaluate((url) => {
    globalThis.other = open(url);
  }, relay.origin + path));
  const says = () => hostile.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => globalThis.answers.push(data);
    globalThis.other.postMessage({ vouch: { case: "A".repeat(43), event: "A".repeat(22) } }, "*", [port2]);
  });
  return { context, hostile, opens, says };
}

/** The browser itself cuts it off from both. */
async function hostileIsCutOff() {
  const { context, hostile, opens } = await fromElsewhere(false);
  for (const path of ["/", `/melden${wim.fragment}`]) {
    const page = await opens(path);
    await page.locator("h1").waitFor();
    await hostile.waitForFunction(() => globalThis.other.closed);
    assert.ok(await page.evaluate(() => globalThis.openedBy === null));
  }
  await context.close();
}

/** Where it does not, the app hears it and says nothing, and the reporting page speaks to its own origin alone. */
async function hostileHearsNothing() {
  const { context, hostile, opens, says: saysToIt } = await fromElsewhere(true);
  const app = await opens("/");
  await app.locator("#code").waitFor();
  await app.evaluate(() => {
    globalThis.heard = new Promise((resolve) => {
      addEventListener("message", ({ origin }) => resolve(origin), { once: true });
    });
  });
  await saysToIt();
  assert.equal(await app.evaluate(() => globalThis.heard), "http://hostile.test");
  await asked(app, { vouch: { case: "A".repeat(43), event: "A".repeat(22) } });
  await answered(app);
  assert.deepEqual(await answers(app), ["locked"]);
  const page = await opens(`/melden${wim.fragment}`);
  await filled(page, "39");
  await ask(page); // a page that has an opener takes it for the app
  await says(page, "asked");
  await page.evaluate(() => globalThis.openedBy.postMessage("later", "*"));
  await answered(hostile);
  assert.deepEqual(await answers(hostile), ["later"]);
  await context.close();
}

try {
  await run([
    ["a neighbourhood, its member, and a professional who is in it", settle],
    ["p8_a_verified_neighbour_sends_a_named_signal", verified],
    ["who says no sends it without a proof", refused],
    ["a locked app answers nothing", locked],
    ["p8_the_question_goes_with_the_page", leaving],
    ["it is not asked without a name, nor without the app", notAsked],
    ["p8_the_app_answers_its_own_origin_alone", onlyOfItsOwn],
    ["p8_another_origin_is_cut_off", hostileIsCutOff],
    ["p8_another_origin_hears_nothing", hostileHearsNothing],
    ["of two neighbourhoods", ofWhich],
    ["of none", ofNobody],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
