// Professionals at work: two in browsers and two on the command line, in two teams, with one who reports
// with a name in a browser and others by kring. A signal comes in while one looks, and is acknowledged,
// asked about, promised, handed over, declined, taken over, closed and opened again; with a reload and a
// killed tab in the middle, and all of it by keyboard alone. Every screen is looked at (lib/look.mjs).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, launch, newContext } from "./lib/browser.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { keepsFocus, tabTo } from "./lib/keyboard.mjs";
import { look } from "./lib/look.mjs";
import { ANSWERS, comeBack, fill, send } from "./lib/melden.mjs";
import { Professional } from "./lib/professional.mjs";
import { Relay } from "./lib/relay.mjs";
import { Reporter } from "./lib/reporter.mjs";
import { root } from "./lib/source.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const programs = { kring, kringctl };
const relay = await Relay.start(kringd);
const browser = await launch();
const wim = await Inbox.make(programs, relay, "Wijkagent");
const tom = await Inbox.make(programs, relay, "Wijkteam");
const els = await Professional.start(browser, relay, "Els", { viewport: DESKTOP });
const noor = await Professional.start(browser, relay, "Noor", { viewport: PHONE });
const jan = await newContext(browser, relay);
const DAY_MS = 86_400_000;
const STEPS_MAX = 80;
let digits;
let id;

const neighbour = new Reporter(programs, relay);
const types = async (inbox) => (await inbox.ask("case", id)).timeline.map(({ type }) => type);

async function intoTheTeam() {
  await els.begin();
  await els.enterTeam(wim);
  await els.go("Zaken");
  await els.page.getByText("Er zijn geen open zaken.").waitFor();
  await look(els.page, "zaken-leeg");
}

/** The reporter gives a name, by the reporting page. */
async function comesIn() {
  const page = await jan.context.newPage();
  await page.goto(`/melden${wim.fragment}`);
  await fill(page, { ...ANSWERS, kind: 2 });
  digits = await send(page);
  await page.close();
  await els.row("Lange Laan 12").waitFor();
  await els.page.getByText("1 zaak · 1 met iets nieuws").waitFor();
  [{ case: id }] = await wim.cases();
  await look(els.page, "zaken");
}

async function opensIt() {
  await els.openCase("Lange Laan 12");
  for (const words of ["Ik hoor elke avond slaan.", "Jan Jansen", "06 12345678", "4 jaar, 7 jaar"]) {
    await els.page.getByText(words).first().waitFor();
  }
  await look(els.page, "zaak");
}

/** Without words it does not go; an example is a beginning. */
async function acknowledges() {
  await els.act("Ontvangst bevestigen");
  await els.press("Versturen");
  await els.page.getByRole("link", { name: "Vul dit in" }).waitFor();
  await look(els.page, "bevestigen-fout");
  await els.page.getByLabel("Begin met een voorbeeld").selectOption({ label: "We gaan erheen" });
  await els.press("Versturen");
  await els.page.getByText("Er staat nog iets tussen [ ] in uw woorden.").waitFor();
  const words = await els.page.locator("#words").inputValue();
  await els.page.locator("#words").fill(words.replace("[deze week]", "morgen"));
  await els.go("Instellingen");
  await els.go("Zaken");
  await els.openCase("Lange Laan 12");
  await els.act("Ontvangst bevestigen");
  assert.match(await els.page.locator("#words").inputValue(), /morgen/, "what was begun stays");
  await els.send("Ontvangst bevestigen");
  assert.deepEqual(await types(wim), ["submitted", "acknowledged"]);
}

/** What the reporter sees, and says, on the reporting page. */
async function asReporter(then) {
  const page = await jan.context.newPage();
  await page.goto("/melden");
  await comeBack(page, digits);
  await then(page);
  await page.close();
}

async function asks() {
  await els.say("Iets vragen", "Op welke dagen is het?");
  await asReporter(async (page) => {
    await page.getByText("Op welke dagen is het?").waitFor();
    await page.getByRole("button", { name: "Iets zeggen" }).click();
    await page.locator("#words").fill("Vooral op vrijdag.");
    await page.getByRole("button", { name: "Versturen" }).click();
    await page.locator(".kring-timeline").waitFor();
  });
  await els.page.getByText("Vooral op vrijdag.").waitFor();
}

/** Between colleagues: one in the browser, one on the command line. */
async function withinTheTeam() {
  await els.page.locator("#note").fill("Gebeld met de school.");
  await els.press("Notitie bewaren");
  await els.page.getByRole("listitem").getByText("Gebeld met de school.").waitFor();
  await els.page.getByLabel("Wie werkt aan deze zaak?").selectOption({ label: "Els (u)" });
  await els.press("Toewijzen");
  await els.page.getByText("Toegewezen aan Els").waitFor();
  await wim.ask("case", "note", id, "Ik ken het gezin.");
  await els.page.getByText("Ik ken het gezin.").waitFor();
  const { notes } = await wim.ask("case", id);
  assert.deepEqual(notes.map(({ text }) => text), ["Gebeld met de school.", undefined, "Ik ken het gezin."]);
  await asReporter(async (page) => {
    assert.equal(await page.getByText("school").count(), 0, "the reporter reads no note");
  });
  await els.go("Zaken");
  await els.page.getByLabel("Welke zaken?").selectOption({ label: "Van mij" });
  await els.row("Lange Laan 12").getByText("Bij u").waitFor();
  await els.openCase("Lange Laan 12");
}

async function fillDate(date) {
  for (const [i, part] of [date.getDate(), date.getMonth() + 1, date.getFullYear()].entries()) {
    await els.page.locator(`#date-${i}`).fill(String(part));
  }
}

async function promises() {
  await els.act("Een datum beloven");
  await els.page.locator("#words").fill("Dan weet ik meer.");
  await fillDate(new Date(Date.now() - DAY_MS));
  await els.press("Versturen");
  await els.page.getByText("Kies een dag die nog komt.").waitFor();
  await look(els.page, "beloven-fout");
  await fillDate(new Date(Date.now() + 3 * DAY_MS));
  await els.send("Een datum beloven");
  await els.page.getByText(/^Nog 3 dagen$/).first().waitFor();
}

/** What a colleague did is shown before one's own words go, and they stay. */
async function meanwhile() {
  await els.act("Terugkoppelen");
  await els.page.locator("#words").fill("We zijn er geweest.");
  await wim.ask("case", "ask", id, "Blaft er een hond?");
  await els.page.getByText("Intussen is er iets gebeurd in deze zaak:").waitFor();
  await els.page.getByText("Blaft er een hond?").waitFor();
  await els.press("Versturen");
  await els.page.getByText("Wilt u daarna nog hetzelfde doen?").waitFor();
  await look(els.page, "intussen");
  assert.ok(!(await types(wim)).includes("follow_up"), "nothing is sent before one has read it");
  await els.send("Terugkoppelen");
  assert.equal((await types(wim)).at(-1), "follow_up");
}

/** To a team that is known by its link alone, on a phone. */
async function offers() {
  await noor.begin();
  await noor.enterTeam(tom);
  await noor.go("Zaken");
  await els.act("Overdragen");
  await els.toLink("geen link");
  await els.page.locator("#words").fill("Dit hoort bij jullie.");
  await els.press("Versturen");
  await els.page.getByText("Dit is geen link van een postbus").waitFor();
  assert.equal(await els.page.locator("#words").inputValue(), "Dit hoort bij jullie.");
  await els.page.locator("#link").fill(tom.link);
  await look(els.page, "overdragen");
  await els.send("Overdragen");
  await els.page.getByText("U hebt deze zaak aangeboden aan Wijkteam.").waitFor();
  await noor.row("Aangeboden aan uw team").getByRole("link").click();
  await noor.page.getByText("Wijkagent vraagt of uw team deze zaak overneemt.").waitFor();
  await noor.page.getByText("Dit hoort bij jullie.").waitFor();
  assert.equal(await noor.page.getByText("Ik hoor elke avond slaan.").count(), 0, "not before it says yes");
  await look(noor.page, "aangeboden");
}

async function declines() {
  await noor.act("Niet overnemen");
  await noor.page.locator("#words").fill("Wij zitten vol.");
  await look(noor.page, "niet-overnemen");
  await noor.send("Niet overnemen");
  await els.page.getByText("Wij zitten vol.").waitFor();
  await els.page.getByText("Uw team heeft de regie").first().waitFor();
}

/** A reload and a killed tab in the middle: the case is as it was, and nothing was sent twice. */
async function takesOver() {
  await els.act("Overdragen");
  await els.toLink(tom.link);
  await els.page.locator("#words").fill("Toch nog eens.");
  await els.send("Overdragen");
  await els.kill();
  await noor.reload();
  await noor.go("Zaken");
  await noor.row("Aangeboden aan uw team").getByRole("link").click();
  await noor.say("Overnemen", "Wij doen het nu.");
  await noor.page.getByText("Ik hoor elke avond slaan.").waitFor();
  await noor.page.getByText("Uw team heeft de regie").first().waitFor();
  await els.unlock();
  await els.go("Zaken");
  await els.page.getByText("Er zijn geen open zaken.").waitFor();
  await els.page.getByLabel("Welke zaken?").selectOption({ label: "Afgesloten" });
  await els.row("Niet meer bij uw team").getByRole("link").click();
  await els.page.getByText("Wijkteam").first().waitFor();
  assert.deepEqual((await types(tom)).slice(-4),
    ["handover_offered", "handover_declined", "handover_offered", "handover_accepted"]);
}

/** Only whom the reporter permits learns the name, and from who knows it. */
async function sharesTheName() {
  assert.equal(await noor.page.getByText("Jan Jansen").count(), 0);
  await asReporter(async (page) => {
    await page.getByRole("button", { name: "Uw naam laten weten" }).click();
    await page.getByLabel("Wijkteam").check();
    await page.getByRole("button", { name: "Versturen" }).click();
    await page.locator(".kring-timeline").waitFor();
  });
  await els.act("Naam van de melder delen");
  await els.choose("Wijkteam");
  await look(els.page, "naam-delen");
  await els.press("Naam van de melder delen");
  await els.page.getByText("Gedaan: Naam van de melder delen").waitFor();
  await noor.page.getByText("Jan Jansen").waitFor();
}

async function closesAndOpens() {
  await noor.act("Afsluiten");
  await noor.choose("Er is hulp begonnen");
  await noor.page.getByLabel("Begin met een voorbeeld").selectOption({ label: "Er is hulp begonnen" });
  await look(noor.page, "afsluiten");
  await noor.send("Afsluiten");
  await noor.go("Zaken");
  await noor.page.getByText("Er zijn geen open zaken.").waitFor();
  await asReporter(async (page) => {
    await page.getByText("Dank u wel: zonder u hadden we het niet geweten.").waitFor();
    await page.getByRole("button", { name: "Het gaat door" }).click();
    await page.getByLabel("Het kan niet wachten tot morgen").check();
    await page.locator("#words").fill("Gisteren weer.");
    await page.getByRole("button", { name: "Versturen" }).click();
    await page.locator(".kring-timeline").waitFor();
  });
  await noor.row("Lange Laan 12").getByText("Vandaag").waitFor();
  await noor.openCase("Lange Laan 12");
  await noor.page.getByText("Gisteren weer.").waitFor();
  await noor.say("Ontvangst bevestigen", "We gaan vandaag.");
}

/** What was typed waits for the connection, and goes once. */
async function withoutConnection() {
  await noor.act("Terugkoppelen");
  await noor.page.locator("#words").fill("We zijn geweest.");
  await relay.stop("SIGKILL");
  await noor.page.getByText("Er is geen verbinding.").first().waitFor();
  await noor.press("Versturen");
  await noor.page.getByText("Het wordt verstuurd zodra die er is.").waitFor();
  await look(noor.page, "zonder-verbinding");
  await relay.launch();
  await noor.page.getByText("Gedaan: Terugkoppelen").waitFor();
  assert.equal((await types(tom)).filter((type) => type === "follow_up").length, 2);
}

/** Who has two inboxes chooses; what is late says so by itself. */
async function becomesLate() {
  const slow = await Inbox.make(programs, relay, "Traag", { acknowledge: 3 });
  await els.page.getByRole("link", { name: "Postbus", exact: true }).click();
  await els.page.getByRole("link", { name: "Bij een team komen" }).click();
  await els.enterTeam(slow);
  await els.go("Zaken");
  await neighbour.send(slow, { street: "Dorpsstraat", postcode: "1234CD", urgency: "today" });
  const row = els.row("Dorpsstraat 12");
  await row.getByText("te laat").waitFor();
  await els.page.getByText(/1 te laat/).waitFor();
  await els.page.getByLabel("Welke zaken?").selectOption({ label: "Te laat" });
  await row.waitFor();
  await els.page.getByLabel("Postbus").selectOption({ label: "Wijkagent" });
  await els.page.getByText("Er is niets te laat.").waitFor();
  await els.page.getByLabel("Postbus").selectOption({ label: "Alle postbussen" });
  await els.page.getByLabel("Zoek op adres").fill("kerkstraat");
  await els.page.getByText("Geen zaak met deze woorden.").waitFor();
  await look(els.page, "zaken-niets-gevonden");
  await els.page.getByLabel("Zoek op adres").fill("dorpsstraat");
  await els.openCase("Dorpsstraat 12");
  await els.page.getByText("De termijn is voorbij. De melder wacht op bericht.").waitFor();
  await look(els.page, "zaak-te-laat");
  // Who begins to search before the list has come is not put on the case that was open.
  await keepsFocus(els.page, "#find", "#find", async () => {
    await els.press("Terug");
    await row.waitFor();
  });
  await row.getByText("Was te laat. Nog").waitFor();
  const [clock, title] = await row.evaluate((each) => [".kring-tag--late", ".kring-case__title"]
    .map((part) => each.querySelector(part).getBoundingClientRect()));
  assert.ok(clock.right <= title.left, "the clock stands beside the title, not over it");
  await els.page.getByLabel("Zoek op adres").fill("");
  await els.page.getByLabel("Welke zaken?").selectOption({ label: "Open" });
}

/** History belongs with the household: what was told before stands on top. */
async function earlierSignals() {
  await neighbour.send(wim, { urgency: "no_hurry", seen: "Weer geschreeuw.", danger_now: "no" });
  await els.row("1 eerder signaal").getByRole("link").click();
  await els.page.getByRole("heading", { name: "1 eerder signaal op dit adres" }).waitFor();
  await look(els.page, "zaak-eerder");
}

/** The focus, by what is on it. */
async function tabToText(page, text) {
  for (let i = 0; i < STEPS_MAX; i++) {
    if (await page.evaluate((wanted) => document.activeElement.textContent.trim() === wanted, text)) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard does not reach "${text}"`);
}

const focused = (page) => page.evaluate(() => document.activeElement.textContent);

async function byKeyboardAlone() {
  const { page } = els;
  await els.go("Zaken");
  await page.locator(".kring-case").nth(1).waitFor();
  await page.reload();
  await tabTo(page, "#code");
  await page.keyboard.type("een goede zin");
  await page.keyboard.press("Enter");
  await page.locator(".kring-case").nth(1).waitFor();
  await tabTo(page, ".kring-cases a");
  const first = await focused(page);
  await page.keyboard.press("j");
  const second = await focused(page);
  assert.notEqual(second, first);
  for (const [key, expected] of [["k", first], ["ArrowDown", second], ["ArrowUp", first], ["k", first], ["j", second]]) {
    await page.keyboard.press(key);
    assert.equal(await focused(page), expected, key);
  }
  if (!second.includes("Lange Laan")) {
    await page.keyboard.press("k");
  }
  await page.keyboard.press("Enter");
  await els.heading("Lange Laan 12");
  await tabToText(page, "Ontvangst bevestigen");
  await page.keyboard.press("Enter");
  await els.heading("Ontvangst bevestigen");
  await tabTo(page, "#example");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "#words");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Els");
  await tabToText(page, "Versturen");
  await page.keyboard.press("Enter");
  await page.getByText("Gedaan: Ontvangst bevestigen").waitFor();
  assert.match((await neighbour.hears()).at(-1), /^Dank u wel dat u dit vertelt\..* Els$/s);
  await tabTo(page, ".kring-back");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.matches(".kring-cases a"));
  assert.match(await focused(page), /Lange Laan 12/, "who comes back goes on from there");
}

/** Others give advice, work along and leave; the reporter hears of none of their advice. */
async function sideBySide() {
  await els.openCase("Lange Laan 12");
  await els.act("Advies vragen");
  await els.toLink(tom.link);
  await els.page.locator("#words").fill("Kennen jullie dit gezin?");
  await look(els.page, "advies-vragen");
  await els.send("Advies vragen");
  await noor.go("Zaken");
  await noor.row("Uw team is om advies gevraagd").getByRole("link").click();
  await noor.page.getByText("Weer geschreeuw.").waitFor();
  await noor.say("Advies geven", "Praat met de school.");
  await els.page.getByText("Praat met de school.").waitFor();
  await els.act("Een vraag aan een team intrekken");
  await els.choose("Wijkteam");
  await els.send("Een vraag aan een team intrekken");
  await els.act("Vragen om mee te werken");
  await els.toLink(tom.link);
  await els.page.locator("#words").fill("Doen jullie mee?");
  await els.send("Vragen om mee te werken");
  await noor.go("Zaken");
  await noor.row("Uw team is gevraagd om mee te werken").getByRole("link").click();
  await noor.act("Meewerken");
  await noor.send("Meewerken");
  await noor.page.getByText("Uw team werkt mee").waitFor();
  await noor.act("Niet meer meedoen");
  await noor.send("Niet meer meedoen");
  await els.page.getByText("werkte eerder mee").waitFor();
  assert.ok(!(await neighbour.hears()).some((text) => /school|gezin/.test(text)));
}

/** More urgency, an end, and nothing is left. */
async function scalesAndErases() {
  await els.act("Op- of afschalen");
  await els.choose("Nu gevaar");
  await els.page.getByRole("link", { name: "Bel 112" }).waitFor();
  await look(els.page, "opschalen");
  await els.choose("Vandaag");
  await els.send("Op- of afschalen");
  await els.act("Afsluiten");
  await els.choose("Het is niet bevestigd");
  await els.page.locator("#words").fill("We zagen het niet.");
  await els.send("Afsluiten");
  await els.act("Weer openen");
  await els.choose("Geen haast");
  await els.page.locator("#words").fill("Toch nog een vraag.");
  await els.send("Weer openen");
  await els.go("Zaken");
  await els.row("Weer open, nog niet bevestigd").getByRole("link").click();
  await els.page.getByText("Weer open, nog niet bevestigd").waitFor();
  assert.deepEqual((await neighbour.hears()).slice(-2), ["We zagen het niet.", "Toch nog een vraag."]);
  await els.act("Afsluiten");
  await els.choose("Er is niemand gevonden");
  await els.page.locator("#words").fill("Nu is het klaar.");
  await els.send("Afsluiten");
  await els.page.getByText("De melder heeft het laatste bericht nog niet gelezen.").waitFor();
  assert.equal(await els.page.getByRole("button", { name: "Zaak wissen" }).count(), 0, "an unread word is kept");
  await look(els.page, "zaak-afgesloten");
  assert.equal((await neighbour.hears()).at(-1), "Nu is het klaar.");
  await els.act("Zaak wissen");
  await look(els.page, "wissen");
  await els.press("Zaak wissen");
  await els.page.getByText("Deze zaak is gewist.").waitFor();
  await look(els.page, "zaak-gewist");
}

const savedBy = async (button) => {
  const [download] = await Promise.all([noor.page.waitForEvent("download"), noor.press(button)]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
};

/** On paper and as files there is the case, and nothing to press. */
async function papers() {
  await noor.go("Zaken");
  await noor.row("Melding met naam").getByRole("link").click();
  await noor.heading("Lange Laan 12");
  const document = await savedBy("Opslaan als document");
  assert.equal(document.name, `kring-${id.slice(0, 6)}.html`);
  for (const words of ["Lange Laan 12", "Ik hoor elke avond slaan.", "Jan Jansen", "Gisteren weer.", "Vertrouwelijk"]) {
    assert.ok(document.text.includes(words), words);
  }
  assert.doesNotMatch(document.text, /<script|src=|href=/);
  const data = await savedBy("Opslaan als gegevens (JSON)");
  const schema = JSON.parse(await readFile(`${root}clients/cli/case.schema.json`, "utf8"));
  const saved = JSON.parse(data.text);
  assert.deepEqual(Object.keys(saved).filter((name) => !(name in schema.properties)), []);
  assert.deepEqual(schema.required.filter((name) => !(name in saved)), []);
  const ofAnybody = ({ timeline }) => timeline.map(({ me, ...event }) => event); // who reads it is another
  assert.deepEqual(ofAnybody(saved), ofAnybody(await tom.ask("case", id)));
  await noor.page.emulateMedia({ media: "print" });
  const shown = noor.page.locator("main");
  assert.match(await shown.innerText(), /Ik hoor elke avond slaan\.[^]*Vertrouwelijk/);
  assert.equal(await noor.page.locator("button:visible, textarea:visible, nav:visible").count(), 0);
  await noor.page.emulateMedia({ media: null });
}

/** Off at first; then that there is something, and never what. */
async function notifications() {
  const { page } = noor;
  await noor.context.grantPermissions(["notifications"]);
  await noor.go("Zaken");
  await page.evaluate(() => {
    globalThis.shown = [];
    const { requestPermission } = Notification;
    globalThis.Notification = class {
      static permission = "granted";
      static requestPermission = () => requestPermission.call(Notification).then(() => "granted");
      constructor(title, options) {
        globalThis.shown.push([title, options.body]);
      }
    };
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  });
  await neighbour.send(tom, { street: "Kerkstraat", number: 3, postcode: "1234EF" });
  await noor.row("Kerkstraat 3").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.shown), []);
  await noor.press("Zet seintjes aan");
  await page.getByText("Seintjes staan aan.").waitFor();
  await neighbour.send(tom, { street: "Kerkstraat", number: 5, postcode: "1234EF" });
  await noor.row("Kerkstraat 5").waitFor();
  await page.waitForFunction(() => globalThis.shown.length > 0);
  for (const one of await page.evaluate(() => globalThis.shown)) {
    assert.deepEqual(one, ["Kring", "Er is iets nieuws."]);
  }
  await noor.press("Zet seintjes uit");
}

try {
  await run([
    ["a browser gets into a team", intoTheTeam],
    ["a signal comes in while one looks", comesIn],
    ["a case shows all of it", opensIt],
    ["acknowledging, from an example", acknowledges],
    ["a question, and its answer comes in", asks],
    ["notes and who works on it stay in the team", withinTheTeam],
    ["a promise", promises],
    ["what happened meanwhile is shown before it is sent", meanwhile],
    ["p6_a_handover_binds_nobody_before_it_is_accepted", offers],
    ["declining, with a reason", declines],
    ["taking over, after a reload and a killed tab", takesOver],
    ["the name goes on with consent alone", sharesTheName],
    ["closing with a word, and it goes on", closesAndOpens],
    ["p1_without_a_connection_words_wait_and_go_once", withoutConnection],
    ["p7_overdue_shows_by_itself; two inboxes, filters, search", becomesLate],
    ["earlier signals on the same address", earlierSignals],
    ["the list, a case and an act by keyboard alone", byKeyboardAlone],
    ["advice, working along, and no longer", sideBySide],
    ["more urgency, closed, opened again, erased", scalesAndErases],
    ["a case on paper and as files", papers],
    ["notifications without content", notifications],
    ["nothing was wrong on the way", () => {
      for (const { watched } of [els, noor, jan]) {
        assert.deepEqual(watched.foreign, []);
        // A connection that is refused is said on the console by the browser itself.
        assert.deepEqual(watched.faults.filter((fault) => !/WebSocket|ERR_/.test(fault)), []);
      }
    }],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
