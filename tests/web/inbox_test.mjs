// Professionals' inboxes in real browsers at one relay: one is made with the operator's code, by the keyboard
// alone; a second professional joins by card; office hours change; a coordinator trusts it by its link; a notice
// reaches a resident's browser and a member on the command line; a professional is dropped; and with the digits
// on paper somebody else gets it back. look.mjs examines every screen on the way.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, launch, newContext } from "./lib/browser.mjs";
import { CliPerson } from "./lib/cli.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { goTo, goesToFault, tabTo, type } from "./lib/keyboard.mjs";
import { look } from "./lib/look.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Relay } from "./lib/relay.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const browser = await launch();
const ZONE = { timezoneId: "Europe/Amsterdam" };
const start = (name, viewport) => Neighbour.start(browser, relay, name, { viewport, ...ZONE });
const wim = await start("Wim", DESKTOP);
const sara = await start("Sara", PHONE);
const tom = await start("Tom", DESKTOP);
const bram = await start("Bram", PHONE);
const carla = await start("Carla", DESKTOP);
const anna = new CliPerson({ kring, kringctl }, relay, "Anna");

const SUBMIT = "form button[type=submit]";
const heading = ({ page }, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const linkTo = (screen) => `a[href="#${screen}"]`;

let digits;
let link;
let fingerprint;
let other;

async function operatorsCode() {
  const { stdout } = await promisify(execFile)(kringctl, ["--socket", relay.control, "--json", "grant", "inbox"]);
  return JSON.parse(stdout).code;
}

/** In a browser that was never here: the code that opens the app, and the professionals' door. */
async function comesIn(person) {
  const { page, name } = person;
  await page.goto("/");
  await type(page, "#code", "een goede zin");
  await goTo(page, SUBMIT);
  await goTo(page, linkTo("inbox"));
  await heading(person, "Voor professionals");
  assert.equal(await page.getByText("Er is geen verbinding").count(), 0, "nothing has to be connected yet");
  await look(page, "inbox-name");
  await type(page, "#name", name);
  await page.keyboard.press("Enter");
  await page.locator(linkTo("inbox-card")).waitFor();
}

// ---- Making one ----

async function begins() {
  await comesIn(wim);
  await look(wim.page, "inbox-begin");
  await goTo(wim.page, linkTo("inbox-new"));
  await goesToFault(wim.page, SUBMIT, "name");
  await look(wim.page, "inbox-new-faults");
  await type(wim.page, "#name", "Wijkteam Noord");
  await type(wim.page, "#about", "Wij zijn met zijn vieren. Wij lezen elke werkdag wat er binnenkomt.");
  await type(wim.page, "#call", "Veilig Thuis, 0800-2000");
  await goTo(wim.page, SUBMIT);
}

async function hoursAndDeadlines() {
  const { page } = wim;
  await heading(wim, "Openingstijden");
  await type(page, "#fri", "9 tot vijf");
  await goesToFault(page, SUBMIT, "fri");
  await look(page, "inbox-new-hours");
  await type(page, "#fri", "9:00-12:30 en 13:00-16:00");
  await type(page, "#closed", "25-12-2026");
  await goTo(page, SUBMIT);
  await heading(wim, "Termijnen");
  await look(page, "inbox-new-deadlines");
  await tabTo(page, "#no_hurry-acknowledge");
  await page.keyboard.press("ArrowDown");
  await goTo(page, SUBMIT);
  await heading(wim, "Beloven en bewaren");
  await tabTo(page, "#promises");
  await page.keyboard.press("ArrowDown");
  await look(page, "inbox-new-limits");
  await goTo(page, SUBMIT);
  await heading(wim, "Klopt dit?");
  await page.getByText("4 keer", { exact: true }).waitFor();
  await page.getByText("Gelezen: binnen 80 kantooruren. Antwoord: binnen 80 kantooruren.").waitFor();
  await look(page, "inbox-new-check");
}

async function madeWithTheCode() {
  const { page } = wim;
  await type(page, "#code", "0".repeat(64));
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await page.locator("#code").fill("");
  await type(page, "#code", await operatorsCode());
  await goTo(page, SUBMIT);
  await heading(wim, "Herstelcijfers van de postbus");
  digits = await page.locator(".kring-receipt").textContent();
  assert.match(digits, /^(\d{6} ){8}\d{6}$/);
  await look(page, "inbox-digits");
  assert.equal(await wim.sees("button", "Terug"), false);
  const [asked] = await Promise.all([
    page.waitForEvent("dialog").then(async (dialog) => {
      await dialog.dismiss();
      return dialog.type();
    }),
    page.evaluate(() => location.reload()),
  ]);
  assert.equal(asked, "beforeunload", "they are not lost by mistake");
}

async function digitsAreConfirmed() {
  const { page } = wim;
  const groups = digits.split(" ");
  await goTo(page, "main .kring-actions button");
  await heading(wim, "Hebt u ze goed?");
  assert.ok(!(await page.locator("main").textContent()).includes(groups[2]), "they are not to be seen meanwhile");
  await type(page, "#third", groups[3]);
  await type(page, "#last", groups[8]);
  await page.keyboard.press("Enter");
  await page.getByText("Dit zijn andere cijfers.").waitFor();
  await look(page, "inbox-digits-wrong");
  await page.locator("#third").fill("");
  await type(page, "#third", groups[2]);
  await goTo(page, SUBMIT);
  await heading(wim, "Wijkteam Noord");
  await page.getByText("De postbus is klaar.").waitFor();
  await look(page, "inbox-own");
  link = await page.locator(".kring-summary .kring-letter__link").textContent();
  fingerprint = await page.locator(".kring-summary .kring-digits").textContent();
  assert.match(fingerprint, /^(\d{5} ){5}\d{5}$/);
  await page.goBack();
  assert.ok(!(await page.locator("main").textContent()).includes(groups[0]), "back does not show them again");
}

/** What the poster says leads anybody to the inbox, over no server: it is behind "#". */
async function poster() {
  await wim.go("Postbus");
  await wim.page.getByRole("link", { name: "Poster" }).click();
  await heading(wim, "Poster van Wijkteam Noord");
  await wim.page.getByText("Liever bellen? Veilig Thuis, 0800-2000").waitFor();
  await look(wim.page, "inbox-poster");
  const printed = await wim.page.locator(".kring-poster .kring-letter__link").textContent();
  assert.equal(new URL(printed).pathname, "/melden");
  assert.equal(new URL(printed).hash, new URL(link).hash);
  await wim.page.emulateMedia({ media: "print" });
  assert.equal(await wim.page.getByRole("button", { name: "Printen" }).isVisible(), false);
  assert.equal(await wim.page.locator(".kring-poster .kring-qr").isVisible(), true);
  const paper = await wim.page.locator("body").innerText();
  assert.ok(paper.trim().startsWith("Is er nu gevaar? Bel 112."), paper);
  await wim.page.emulateMedia({ media: null });
  const { context } = await newContext(browser, relay);
  const page = await context.newPage();
  await page.goto(printed);
  await page.getByRole("button", { name: "Iets vertellen" }).click();
  await page.getByText("Wijkteam Noord").waitFor();
  await page.getByText(fingerprint).waitFor();
  await context.close();
}

// ---- The team and the settings ----

async function secondProfessional() {
  await comesIn(sara);
  await goTo(sara.page, linkTo("inbox-card"));
  const card = await sara.page.getByRole("group", { name: "De tekst van uw kaart" }).textContent();
  await look(sara.page, "inbox-card");
  await wim.go("Postbus");
  await wim.page.getByRole("link", { name: "Team", exact: true }).click();
  await heading(wim, "Team van Wijkteam Noord");
  await look(wim.page, "inbox-team");
  await wim.page.locator("#card").fill(card.slice(1));
  await wim.press("Kaart bekijken");
  await wim.page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await wim.page.locator("#card").fill(card);
  await wim.press("Kaart bekijken");
  await wim.page.getByRole("dialog").getByText("Is deze kaart van Sara?").waitFor();
  await look(wim.page, "inbox-team-add");
  await wim.press("Ja, voeg Sara toe");
  await wim.page.getByText("Sara zit nu in het team.").waitFor();
  await sara.page.getByRole("navigation").getByRole("link", { name: "Postbus" }).waitFor();
}

async function officeHours() {
  await wim.go("Postbus");
  await wim.page.getByRole("link", { name: "Instellingen van de postbus" }).click();
  await heading(wim, "Instellingen van Wijkteam Noord");
  assert.equal(await wim.page.locator("#fri").inputValue(), "9:00-12:30, 13:00-16:00");
  assert.equal(await wim.page.locator("#closed").inputValue(), "25-12-2026");
  await wim.page.locator("#sat").fill("10:00-12:00");
  await wim.page.locator("#call").fill("020 123 45 67"); // of another part, not saved yet
  await look(wim.page, "inbox-settings");
  await wim.page.locator("form").filter({ has: wim.page.locator("#sat") }).getByRole("button", { name: "Bewaren" }).click();
  await wim.page.getByText("Bewaard. Het geldt vanaf nu.").waitFor();
  await sara.go("Postbus");
  await sara.page.getByRole("link", { name: "Instellingen van de postbus" }).click();
  await sara.page.getByText("Zaterdag 10:00-12:00").waitFor();
  assert.equal(await wim.page.locator("#call").inputValue(), "020 123 45 67", "what was begun stays");
  assert.equal(await sara.page.locator("form").count(), 0, "only an administrator changes them");
  await look(sara.page, "inbox-settings-read");
}

/** How far ahead a date may be promised, and how long what is closed is kept. */
async function limits() {
  const { page } = wim;
  const form = page.locator("form").filter({ has: page.locator("#promise_s") });
  const days = (id, number) => page.locator(`#${id}`).selectOption(String(number * 86_400));
  assert.equal(await page.locator("#promises").inputValue(), "4", "as it was made");
  await days("promise_s", 14);
  await days("retention_s", 731);
  await form.getByRole("button", { name: "Bewaren" }).click();
  await page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await look(page, "inbox-settings-limits");
  await days("retention_unread_s", 1827);
  await form.getByRole("button", { name: "Bewaren" }).click();
  for (const words of ["14 dagen", "4 keer", "731 dagen", "1.827 dagen"]) {
    await sara.page.getByText(words, { exact: true }).waitFor();
  }
}

/** The one that hears it when this one is late, by its link; and none any more. */
async function fallback() {
  const { page } = wim;
  other = await Inbox.make({ kring, kringctl }, relay, "Veilig Thuis");
  const form = page.locator("form").filter({ has: page.locator("#danger_now-acknowledge") });
  const save = async () => {
    await form.getByRole("button", { name: "Bewaren" }).click();
    await page.getByText("Bewaard. Het geldt vanaf nu.").last().waitFor();
  };
  await page.locator("#fallback").fill("https://app.test/");
  await form.getByRole("button", { name: "Bewaren" }).click();
  await page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await page.locator("#fallback").fill(other.link);
  await save();
  await page.getByRole("group", { name: "Er is een achtervang." }).waitFor();
  await look(page, "inbox-settings-fallback");
  await sara.page.getByText("Er is een achtervang.").waitFor();
  await wim.choose("Geen achtervang meer");
  await save();
  await sara.page.getByText("Er is geen achtervang.").waitFor();
}

// ---- Neighbours ----

/** Anna is on the command line; Bram is a coordinator, Carla a resident, in browsers. */
async function neighbourhood() {
  await anna.found("De Linden");
  const { link: invitation } = await anna.ask(["invite", "--uses", "2"]);
  for (const person of [bram, carla]) {
    await person.open(invitation);
    await person.askToJoin("Nummer 12");
    await anna.ask(["admit", person.name]);
    await anna.syncUntil(() => person.sees("heading", "Zorgen in De Linden"));
  }
  await bram.go("Buurt");
  await bram.press("Zeg dat u coördinator wilt worden");
  await bram.page.getByText("Het is gezegd.").waitFor();
  await anna.ask(["sync"]);
  await anna.ask(["grant", "Bram"]);
  await anna.syncUntil(() => bram.sees("link", "Coördinatie"));
}

/** As a phone's camera does: the link opens the app, and nothing is trusted before the number was compared. */
async function trusted() {
  await bram.kill();
  const page = await bram.context.newPage();
  bram.page = page;
  await page.goto(link);
  await bram.enter();
  await heading(bram, "Vertrouwde professionals");
  await page.getByRole("heading", { level: 3, name: "Wijkteam Noord" }).waitFor();
  assert.doesNotMatch(page.url(), /#2\./, "the link is no longer in the URL");
  assert.equal(await page.locator(".kring-digits--large").textContent(), fingerprint);
  await bram.press("Vertrouw Wijkteam Noord");
  await page.getByRole("link", { name: "Kies een antwoord" }).waitFor();
  await look(page, "inboxes-compare");
  assert.deepEqual((await anna.ask(["inboxes"])).inboxes, []);
  await bram.choose("Ja, elk cijfer");
  await bram.press("Vertrouw Wijkteam Noord");
  await page.getByText("Uw buurt vertrouwt Wijkteam Noord nu.").waitFor();
  await look(page, "inboxes");
  await anna.syncUntil(async () => (await anna.ask(["inboxes"])).inboxes.length === 1);
  assert.equal((await anna.ask(["inboxes"])).inboxes[0].fingerprint, fingerprint);
}

/** In a tab of its own, as somebody who does not want to lose what is open. */
async function tellsTheInbox() {
  await carla.go("Buurt");
  await carla.page.getByText(`Controlegetal: ${fingerprint}`).waitFor();
  await look(carla.page, "community-inboxes");
  const href = await carla.page.getByRole("link", { name: "Vertel iets aan Wijkteam Noord" }).getAttribute("href");
  assert.equal(href, `/melden${new URL(link).hash}`);
  const page = await carla.context.newPage();
  await page.goto(href);
  await page.getByRole("button", { name: "Iets vertellen" }).click();
  await page.getByText("Dit adres komt van een poster of van uw buurt.").waitFor();
  await page.getByText(fingerprint).waitFor();
  await page.close();
}

async function notice() {
  const { page } = wim;
  await wim.go("Postbus");
  await page.getByRole("link", { name: "Berichten aan buurten" }).click();
  await page.getByText("U hebt nog niets verteld.").waitFor();
  await wim.press("Nieuw bericht");
  await wim.press("Bekijk het bericht");
  await look(page, "inbox-notice-faults");
  await wim.choose("Mededeling");
  await page.locator("#title").fill("Het spreekuur is verplaatst");
  await page.locator("#text").fill("Wij zitten nu in de bibliotheek.\nElke dinsdag van 10 tot 12 uur.");
  await wim.press("Bekijk het bericht");
  await heading(wim, "Zo zien buren het");
  await wim.press("Aan buurten vertellen");
  await page.getByRole("link", { name: "Kies een antwoord" }).waitFor();
  await look(page, "inbox-notice-preview");
  await wim.choose("Ja. Er staat niets in over een zaak of over iemand.");
  await wim.press("Aan buurten vertellen");
  await page.getByText("Het bericht is verstuurd.").waitFor();
  await page.getByRole("heading", { level: 3, name: "Het spreekuur is verplaatst" }).waitFor();
  await look(page, "inbox-notices");
}

/** A coordinator's app brings it when it connects. */
async function noticeIsRead() {
  const { page } = carla;
  await bram.reload();
  await carla.go("Zorgen");
  await page.getByText("1 nieuw bericht van een professional").waitFor();
  await look(page, "concerns-new-notice");
  await page.getByRole("link", { name: "1 nieuw bericht van een professional" }).click();
  await heading(carla, "Van professionals");
  await page.getByText("Elke dinsdag van 10 tot 12 uur.").waitFor();
  await page.getByText("Mededeling · ").filter({ hasText: "Wijkteam Noord" }).waitFor();
  await look(page, "notices");
  await carla.go("Zorgen");
  await heading(carla, "Zorgen in De Linden");
  await page.getByRole("link", { name: "1 nieuw bericht" }).waitFor({ state: "detached" }); // it was read
  await anna.syncUntil(async () => (await anna.ask(["notices"])).notices.length === 1);
  const [read] = (await anna.ask(["notices"])).notices;
  assert.deepEqual([read.title, read.kind, read.name, read.expired],
    ["Het spreekuur is verplaatst", "notice", "Wijkteam Noord", false]);
}

// ---- Who goes, and who comes back ----

/** The key that stands in some words of the page. */
const keyIn = async (words) => Number(/sleutel (\d+)/.exec(await wim.page.getByText(words).textContent())[1]);

async function dropped() {
  const { page } = wim;
  await wim.go("Postbus");
  await page.getByRole("link", { name: "Team", exact: true }).click();
  await page.getByText("Sara", { exact: true }).waitFor();
  const before = await keyIn("De postbus gebruikt nu sleutel");
  await wim.press("Haal Sara uit het team");
  await page.getByRole("dialog").getByText("Sara kan daarna niets nieuws meer lezen.").waitFor();
  await look(page, "inbox-team-drop");
  await page.getByRole("dialog").getByRole("button", { name: "Haal Sara uit het team" }).click();
  const after = await keyIn("Sara is uit het team. De postbus heeft nu sleutel");
  await look(page, "inbox-team-dropped");
  assert.ok(after > before, `${before} became ${after}`);
  await heading(sara, "Voor professionals");
  await wim.press("Nieuwe sleutel maken");
  await page.getByRole("dialog").getByRole("button", { name: "Nieuwe sleutel maken" }).click();
  assert.ok(await keyIn("Klaar. De postbus heeft nu sleutel") > after);
}

/** The digits that are shown are typed back. */
async function fromPaper(person) {
  const { page } = person;
  await heading(person, "Herstelcijfers van de postbus");
  const shown = await page.locator(".kring-receipt").textContent();
  const groups = shown.split(" ");
  await goTo(page, "main .kring-actions button");
  await heading(person, "Hebt u ze goed?");
  await page.locator("#third").fill(groups[2]);
  await page.locator("#last").fill(groups[8]);
  await page.keyboard.press("Enter");
  return shown;
}

/** Nothing is sent before they are on paper; those of before are told to the team while they last. */
async function newDigits() {
  const { page } = wim;
  await wim.go("Postbus");
  await page.getByRole("link", { name: "Instellingen van de postbus" }).click();
  await page.getByText("Is het papier kwijt").waitFor();
  await wim.press("Nieuwe herstelcijfers maken");
  digits = await fromPaper(wim);
  await heading(wim, "Wijkteam Noord");
  await page.getByText("De nieuwe herstelcijfers werken.").waitFor();
  await page.getByText("Er zijn nieuwe herstelcijfers gemaakt. De oude werken tot").waitFor();
  await look(page, "inbox-digits-new");
  await page.getByRole("link", { name: "Instellingen van de postbus" }).click();
  await page.getByText("U kunt pas weer andere maken").waitFor();
  assert.equal(await wim.sees("button", "Nieuwe herstelcijfers maken"), false);
}

async function recovered() {
  const { page } = tom;
  await comesIn(tom);
  await goTo(page, linkTo("inbox-recover"));
  await page.locator("#link").fill(link);
  await page.locator("#digits").fill(digits.replace(/^\d/, (digit) => (Number(digit) + 1) % 10));
  await page.getByText("De cijfers werken maar één keer.").waitFor();
  await tom.press("Postbus herstellen");
  const next = await fromPaper(tom);
  assert.notEqual(next, digits);
  await page.getByText("In de cijfers zit een fout.").waitFor();
  await page.getByText("De nieuwe cijfers hebt u al op papier.").waitFor();
  await look(page, "inbox-recover");
  await page.locator("#digits").fill(digits);
  await tom.press("Postbus herstellen");
  await heading(tom, "Wijkteam Noord");
  await page.getByText("De postbus is van u.").waitFor();
  await look(page, "inbox-recovered");
  assert.equal(await page.locator(".kring-summary .kring-digits").textContent(), fingerprint);
  await heading(wim, "Voor professionals");
}

async function distrusted() {
  const { page } = bram;
  await bram.press("Vertrouw Wijkteam Noord niet meer");
  await page.getByRole("dialog").waitFor();
  await look(page, "inboxes-drop");
  await page.getByRole("dialog").getByRole("button", { name: "Vertrouw Wijkteam Noord niet meer" }).click();
  await page.getByText("Uw buurt vertrouwt Wijkteam Noord niet meer.").waitFor();
  await page.locator("#link").fill(link.replace("#2.", "#3."));
  await bram.press("Zoek op");
  await page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await page.locator("#link").fill(link.replace(/#2\.(.)/, (_, first) => `#2.${first === "A" ? "B" : "A"}`));
  await bram.press("Zoek op");
  await page.getByText("Met deze link is hier geen postbus te vinden.").waitFor();
  await look(page, "inboxes-not-here");
  await carla.go("Buurt");
  await carla.page.getByText("Er zijn nog geen professionals gekozen.").waitFor();
}

// ---- What takes days, or a lie ----

/** A page of somebody's to which the machine says something else than it would now: change gets each
 * answer. Closing it leaves everything as it is. */
async function told(person, change) {
  await person.kill();
  const page = await person.context.newPage();
  await page.addInitScript(`{
    const { get, set } = Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage");
    Object.defineProperty(Worker.prototype, "onmessage", {
      get,
      set(listener) {
        set.call(this, (event) => {
          if (event.data.kind === "result") {
            (${change})(event.data.result);
          }
          listener(event);
        });
      },
    });
  }`);
  person.page = page;
  await page.goto("/");
  await page.locator("#code").fill("een goede zin");
  await person.press("Openen");
  await page.locator("#code").waitFor({ state: "detached" });
  return page;
}

async function expiredNotices() {
  const page = await told(carla, (answer) => {
    const [one] = answer.notices ?? [];
    if (one !== undefined) {
      answer.notices.push({ ...one, event: "older", title: "Gesloten met Pasen", until: Date.now() - 86_400_000, expired: true });
    }
  });
  await page.goto("/#notices");
  await carla.page.reload();
  await carla.enter();
  await heading(carla, "Van professionals");
  await page.getByText("1 verlopen bericht").waitFor();
  assert.equal(await page.getByText("Gesloten met Pasen").isVisible(), false, "it is folded away");
  await page.locator("summary").focus();
  await page.keyboard.press("Enter");
  await page.getByText("Gesloten met Pasen").waitFor();
  await look(page, "notices-expired");
}

async function replacedInbox() {
  const page = await told(carla, (answer) => {
    if (answer.alarms instanceof Array) {
      answer.alarms.push({ alarm: 1, name: "inbox_replaced", time: Date.now(), text: "", dismissed: false });
    } else if (typeof answer.alarms === "number") {
      answer.alarms = 1;
    }
  });
  await page.getByRole("link", { name: "Bekijk de waarschuwing" }).click();
  await page.getByText("Een professional die uw buurt vertrouwt, is vervangen door een ander.").waitFor();
  await look(page, "alarm-inbox-replaced");
}

async function validity() {
  for (const [days, words] of [[29, "zijn geldig tot"], [-1, "zijn verlopen"]]) {
    const page = await told(tom, `(answer) => {
      for (const inbox of answer.inboxes ?? []) {
        inbox.expires = Date.now() + ${days} * 86400000;
      }
    }`);
    await tom.go("Postbus");
    await page.getByText(`De gegevens van deze postbus ${words}`).waitFor();
    await look(page, `inbox-valid-${days}`);
  }
}

/** What the app does not find out about neighbourhoods takes no inbox away, and can be asked again. */
async function notFoundOut() {
  const failing = `(answer) => {
    if (answer.communities instanceof Array && !window.isMended) {
      delete answer.communities;
      answer.error = "internal";
    }
  }`;
  const again = { name: "Probeer het nog een keer" };
  for (const [person, isShown] of [[tom, true], [carla, false]]) {
    const page = await told(person, failing);
    await page.getByRole("button", again).waitFor();
    assert.equal(await person.sees("link", "Zaken"), isShown);
    await look(page, `not-found-out-${person.name}`);
    await page.evaluate(() => {
      window.isMended = true;
    });
    await page.getByRole("button", again).click();
    await page.getByRole("button", again).waitFor({ state: "detached" });
    await page.getByRole("navigation").waitFor();
  }
}

/** For ever: who takes over is looked up and compared first. */
async function moves() {
  await tom.kill();
  await tom.unlock();
  const { page } = tom;
  await tom.go("Postbus");
  await page.getByRole("link", { name: "Instellingen van de postbus" }).click();
  await page.locator("#successor").fill(link);
  await tom.press("Zoek op");
  await page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await page.locator("#successor").fill(other.link);
  await tom.press("Zoek op");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "Gaat Veilig Thuis verder?" }).waitFor();
  await dialog.getByText((await other.ask("inbox", "show")).fingerprint).waitFor();
  await look(page, "inbox-move");
  await dialog.getByRole("button", { name: "Ja, Veilig Thuis gaat verder" }).click();
  await page.getByText("Een andere postbus is verdergegaan.").waitFor();
  assert.equal(await page.locator("form").count(), 0, "nothing of it can be changed any more");
  await tom.go("Postbus");
  await page.getByText("Een andere postbus is verdergegaan.").waitFor();
  assert.equal(await tom.sees("link", "Poster"), false, "nobody is sent to it");
  await look(page, "inbox-moved");
}

try {
  await run([
    ["a professional comes in, by the keyboard", begins],
    ["office hours and deadlines, by the keyboard", hoursAndDeadlines],
    ["an inbox is made with the operator's code", madeWithTheCode],
    ["the recovery digits are confirmed", digitsAreConfirmed],
    ["the poster leads to it", poster],
    ["a second professional joins by card", secondProfessional],
    ["office hours change", officeHours],
    ["promises and retention", limits],
    ["a fallback, and none", fallback],
    ["a neighbourhood", neighbourhood],
    ["a coordinator trusts it by its link", trusted],
    ["a neighbour can tell it something", tellsTheInbox],
    ["a notice is looked at, and published", notice],
    ["it is read in a browser and on the command line", noticeIsRead],
    ["p5_who_is_dropped_is_out: and the key is another", dropped],
    ["an administrator makes new digits", newDigits],
    ["with the digits on paper it comes back", recovered],
    ["a notice that has expired is folded away", expiredNotices],
    ["an inbox that was replaced is said in words", replacedInbox],
    ["until when an inbox is valid", validity],
    ["it is trusted no more", distrusted],
    ["what could not be found out is asked again", notFoundOut],
    ["another inbox takes over", moves],
    ["nothing was wrong on the way", () => {
      for (const { watched } of [wim, sara, tom, bram, carla]) {
        assert.deepEqual(watched, { faults: [], foreign: [] });
      }
    }],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
