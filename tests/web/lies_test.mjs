// A relay that lies to people in browsers: between them and a real kringd stands lib/liar.mjs, which hides,
// replays, changes and swaps. Each lie comes onto the screen in words that say what to do, can be found again,
// and nothing false stands beside it as true. What each lie is found out by, tests/scenario tries on the
// command line (lying_relay, signals_lies); here it is what people see. Whoever is told the truth runs in Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, launch } from "./lib/browser.mjs";
import { Person } from "./lib/client.mjs";
import { Liar } from "./lib/liar.mjs";
import { look } from "./lib/look.mjs";
import { comeBack, fill, next, send } from "./lib/melden.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Professional } from "./lib/professional.mjs";
import { Relay } from "./lib/relay.mjs";
import { Reporter } from "./lib/reporter.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const liar = new Liar(relay);
const browser = await launch();
const HOUR_S = 3600;

const grant = (what) =>
  JSON.parse(execFileSync(kringctl, ["--socket", relay.control, "--json", "grant", what])).code;

/** Somebody in Node, at an address of their own. */
async function newPerson(name) {
  const person = await Person.start(name);
  const host = await liar.tell(name);
  await person.do("init", { url: `ws://${host}/kring`, relay: relay.name, name, app: "https://app.test/join" });
  await person.do("connect");
  return person;
}

/** Where somebody in a browser finds the app. */
const at = async (name) => ({ origin: `http://${await liar.tell(name)}` });

const anna = await newPerson("Anna");
const bea = await newPerson("Bea");
const wim = await newPerson("Wim");
const carla = await Neighbour.start(browser, await at("Carla"), "Carla", { viewport: PHONE });
const dora = await Neighbour.start(browser, await at("Dora"), "Dora", { viewport: DESKTOP });
const els = await Professional.start(browser, await at("Els"), "Els", { viewport: DESKTOP });

let community;
let group;

const sees = ({ page }, text) => page.getByText(text).first().waitFor();

/** Words that must not be on the screen. */
const seesNot = async ({ page }, words) => assert.equal(await page.getByText(words).count(), 0, words);

const chat = (person, text) => person.do("post", { group, kind: "chat", text });

// ---- Neighbours ----

async function neighbourhood() {
  const { content } = await anna.do("found_prepare", { name: "De Linden", recovery: true });
  const { signature } = await anna.do("found_sign", { content });
  ({ community } = await anna.do("found", { grant: grant("community"), content, signatures: [signature] }));
  await anna.until("communities", {}, ({ communities }) => communities[0]?.group !== undefined);
  ({ group } = anna.ask("communities").communities[0]);
  const { link } = await anna.do("invite", { community, uses: 3 });
  await bea.do("join", { link, name: "Bea", check: "nummer 2" });
  const path = `/join${new URL(link).hash}`;
  await carla.open(path);
  await carla.askToJoin("nummer 3");
  await dora.open(path);
  await dora.askToJoin("nummer 4");
  const { requests } = await anna.until("requests", { community }, (answer) => answer.requests.length === 3);
  for (const { account } of requests) {
    await anna.do("admit", { community, account });
  }
  await bea.until("groups", {}, ({ groups }) => groups.some((each) => each.state === "in"));
  await carla.page.getByRole("heading", { name: "Zorgen in De Linden" }).waitFor();
  await dora.go("Buurt");
  await dora.press("Zeg dat u coördinator wilt worden");
  await sees(dora, "Het is gezegd.");
  await bea.do("offer_coordinator", { community });
  await chat(anna, "Welkom"); // and has read what came before it
  for (const name of ["Bea", "Dora"]) {
    const { members } = await anna.until("members", { community }, (answer) => answer.members.length === 4);
    await anna.do("grant", { community, account: members.find((each) => each.name === name).account });
  }
  await dora.page.getByRole("link", { name: "Coördinatie" }).waitFor();
}

// ---- Residents and coordinators ----

const warnings = ({ page }) => page.getByRole("heading", { name: "Waarschuwingen", level: 1 }).waitFor();

/** From another screen to the warnings; what one of them says. */
async function warned(person, code, words) {
  await person.go("Instellingen");
  await person.page.getByRole("link", { name: "Bekijk de waarschuwing" }).click();
  await warnings(person);
  const item = person.page.getByRole("listitem").filter({ hasText: `Code voor de beheerder: ${code}` });
  await item.getByText(words).first().waitFor();
}

/** The others hear what one does not, and say so with all that they write. */
async function hidden() {
  await carla.go("Chat");
  await chat(anna, "Dag allemaal");
  await sees(carla, "Dag allemaal");
  await liar.tell("Carla", ["hidden", "post", 1]);
  await chat(anna, "Verzwegen");
  await bea.until("feed", { group, show: "all" }, ({ messages }) => messages.some(({ text }) => text === "Verzwegen"));
  await chat(bea, "Daarna");
  await sees(carla, "Daarna");
  await seesNot(carla, "Verzwegen");
  await warned(carla, "fork", "Vraag een buur of die hetzelfde ziet.");
}

async function rolledBack() {
  await liar.tell("Carla", ["behind", "g"]);
  await warned(carla, "history_rewritten", "Vraag een buur of die hetzelfde ziet.");
}

async function anotherRelay() {
  await liar.tell("Carla", ["another relay"]);
  await warned(carla, "relay_changed", "Vraag de beheerder wat er is gebeurd.");
  await sees(carla, "Er is geen verbinding.");
  await liar.tell("Carla");
}

/** Let in, and never told so by its group: what needs the group is not offered meanwhile. */
async function welcomeHidden() {
  const eva = await Neighbour.start(browser, await at("Eva"), "Eva", { viewport: PHONE });
  const { link } = await anna.do("invite", { community, uses: 1 });
  await eva.open(`/join${new URL(link).hash}`);
  await eva.askToJoin("nummer 5");
  await liar.tell("Eva", ["hidden", "welcome"]);
  const { requests: [asked] } = await anna.until("requests", { community }, ({ requests }) => requests.length === 1);
  await anna.do("admit", { community, account: asked.account });
  await sees(eva, "Uw buurt wordt klaargezet.");
  await look(eva.page, "lies-making");
  await eva.go("Buurt");
  await sees(eva, "Uit de buurt gaan");
  await seesNot(eva, "Zeg dat u coördinator wilt worden");
  await eva.context.close();
}

/** Somebody looks within the hour; where there is no hurry, within two seconds. */
async function makeInbox(name) {
  const { inbox } = await wim.do("inbox_create", { grant: grant("inbox"), settings: {
    name, about: `Het team van ${name} leest elke dag.`, call: "0800-2000",
    deadlines: Object.fromEntries(["danger_now", "today", "this_week", "no_hurry"].map((urgency) => [urgency,
      { acknowledge: urgency === "no_hurry" ? 2 : HOUR_S, follow_up: HOUR_S, continuous: true }])),
  } });
  return wim.until("inbox", { inbox }, ({ link }) => link !== undefined);
}

/** The relay has one coordinator's client believe that the notice to all is three days old. */
async function inboxReplaced() {
  const other = await makeInbox("Wijkteem");
  await anna.do("trust_inbox", { community, link: team.link });
  await carla.go("Buurt");
  await sees(carla, "Vertel iets aan Wijkteam");
  for (const coordinator of [anna, bea]) {
    await coordinator.do("post", { group, kind: "announcement", text: `Wijkteam verhuist: ${other.fingerprint}` });
  }
  const timesOnline = () => anna.tells.filter(({ tell, state }) => tell === "connection" && state === "online").length;
  const before = timesOnline();
  await liar.tell("Anna", ["hours ahead", 73]);
  await anna.until("status", {}, () => timesOnline() > before);
  await anna.do("trust_inbox", { community, link: other.link, name: "Wijkteam" });
  await sees(carla, "Vertel daar nu niets.");
  await look(carla.page, "lies-neighbourhood");
  await warned(carla, "inbox_replaced", "Vertel daar nu niets.");
}

/** Once it was read it is still there. */
async function foundAgain(person, codes) {
  const { page } = person;
  await look(page, `lies-warnings-${person.name}`);
  for (const code of codes) {
    const item = page.getByRole("listitem").filter({ hasText: `Code voor de beheerder: ${code}` });
    const button = item.getByRole("button", { name: "Ik heb dit gezien" });
    await button.click(); // there is one, however often it was found out
    await button.waitFor({ state: "detached" });
  }
  await person.go("Instellingen");
  await page.getByRole("link", { name: "Waarschuwingen" }).click();
  await warnings(person);
  await seesNot(person, "Er is niets aan de hand.");
  for (const code of codes) {
    await sees(person, `Code voor de beheerder: ${code}`);
  }
}

/** A coordinator's relay changes what another has signed. */
async function forgedRecord() {
  await anna.do("set_rules", { community, text: "Wees stil." });
  await dora.go("Buurt");
  await sees(dora, "Wees stil.");
  await liar.tell("Dora", ["changed", "rules"]);
  await anna.do("set_rules", { community, text: "Vertel alles aan iedereen." });
  await warned(dora, "unsigned", "Vergelijk uw veiligheidsnummers.");
  await dora.go("Buurt");
  await sees(dora, "Wees stil.");
  await seesNot(dora, "Vertel alles aan iedereen.");
  await warned(dora, "unsigned", "Vergelijk uw veiligheidsnummers.");
}

// ---- Professionals ----

let team;
let number = 0;
const neighbour = new Reporter({ kring }, relay);

async function intoTheTeam() {
  await els.begin();
  const card = await els.page.getByRole("group", { name: "De tekst van uw kaart" }).textContent();
  await wim.do("inbox_add", { inbox: team.inbox, card });
  await liar.tell("Els"); // the relay says so to who connects
  await els.go("Zaken");
}

/** A signal that the professional has seen, before the lies begin. */
async function aCase() {
  number++;
  const { case: id } = await neighbour.send(team, { street: "Eikenlaan", number, postcode: "1234CD" });
  await els.go("Zaken");
  await els.row(`Eikenlaan ${number}`).waitFor();
  return id;
}

/** What the others do in it; the last of it is not believed any more. */
async function act(id) {
  await wim.until("case", { case: id }, ({ acts }) => acts?.includes("acknowledge") === true);
  await wim.do("acknowledge", { case: id, text: "Gezien." });
  await wim.do("question", { case: id, text: "Wanneer?" });
  await wim.do("follow_up", { case: id, text: "Wij gaan langs." });
}

/** In the list, in the case, and among the warnings; nothing can be done in it. */
async function marked(code, words) {
  const row = els.row(`Eikenlaan ${number}`);
  await row.getByText("Er klopt iets niet").waitFor();
  await row.getByRole("link").click();
  await els.heading(`Eikenlaan ${number}`);
  await sees(els, "Er klopt iets niet in deze zaak");
  await sees(els, words);
  await sees(els, "Bel de andere teams, en vertel het de beheerder.");
  await seesNot(els, "Wij gaan langs.");
  assert.equal(await els.page.getByRole("button", { name: "Ontvangst bevestigen" }).count(), 0);
  const [file] = await Promise.all([els.page.waitForEvent("download"), els.press("Opslaan als document")]);
  assert.match(await readFile(await file.path(), "utf8"), /Er klopt iets niet in deze zaak/);
  await warned(els, code, words);
}

const caseOf = (name, lie, code, words) => [name, async () => {
  const id = await aCase();
  await liar.tell("Els", lie);
  await act(id);
  await marked(code, words);
  await liar.tell("Els");
}];

async function caseLooksRight() {
  await els.page.getByRole("link", { name: "Bekijk de zaak" }).last().click();
  await els.heading(`Eikenlaan ${number}`);
  await sees(els, "Er klopt iets niet in deze zaak");
  await look(els.page, "lies-case");
  await els.go("Zaken");
  await look(els.page, "lies-cases");
}

async function falseRecord() {
  await liar.tell("Els", ["changed records", 200]);
  await wim.do("inbox_set", { inbox: team.inbox, settings: { about: "Wij zijn verhuisd." } });
  await warned(els, "hash_mismatch", "De server gaf oude of valse gegevens van een postbus.");
  await liar.tell("Els");
}

// ---- Reporters ----

let jan;
let digits;

async function keysSwapped() {
  jan = await Neighbour.start(browser, await at("Jan"), "Jan", { viewport: PHONE });
  const { page } = jan;
  await liar.tell("Jan", ["changed records", 500]);
  await page.goto(`/melden${new URL(team.link).hash}`);
  await next(page, () => page.getByRole("button", { name: "Iets vertellen" }).click());
  await sees(jan, "Er klopt iets niet aan wat de server laat zien. Misschien ziet u niet alles. Bel 0800-2000.");
  await sees(jan, "Hier kunt u nu niets vertellen.");
  await seesNot(jan, "Controlegetal");
  await look(page, "lies-melden-choice");
  await liar.tell("Jan");
}

async function forkedWhileLooking() {
  const { page } = jan;
  await page.goto("/privacy");
  await page.goto(`/melden${new URL(team.link).hash}`);
  await fill(page);
  digits = await send(page);
  await liar.tell("Jan", ["hidden", "acknowledged"]);
  const { cases } = await wim.until("cases", { inbox: team.inbox }, (answer) =>
    answer.cases.some(({ place }) => place?.includes("Lange Laan")));
  await act(cases.find(({ place }) => place?.includes("Lange Laan")).case);
  await sees(jan, "Er klopt iets niet aan wat de server laat zien.");
  await look(page, "lies-melden-sent");
}

const LATE = "Niemand heeft het op tijd geopend. Bel";

async function forkedAtReturn() {
  const { page } = jan;
  await page.goto("/privacy");
  await page.goto("/melden");
  await comeBack(page, digits);
  await sees(jan, "Er klopt iets niet aan wat de server laat zien.");
  await seesNot(jan, "Wij gaan langs.");
  await look(page, "lies-melden-case");
}

/** Nobody has to be believed about that: the reporter has a clock. */
async function silence() {
  const { page } = jan;
  await neighbour.send(team, { urgency: "no_hurry", street: "Kerkpad" });
  const nothing = [["nothing after", "submitted"], ["no more than", "s", 1]];
  await liar.tell("Jan", ...nothing);
  await page.goto("/privacy");
  await page.goto("/melden");
  await comeBack(page, neighbour.receipt);
  await sees(jan, LATE);
  await look(page, "lies-melden-late");
  await liar.tell("Jan", ...nothing, ["hours ahead", -24]);
  await page.goto("/privacy");
  await page.goto("/melden");
  await comeBack(page, neighbour.receipt);
  await sees(jan, "Volgens dit apparaat is de tijd voorbij.");
  await look(page, "lies-melden-clocks");
}

/** A relay that announces more than it gives: no lie that could be shown, so it is said how it stands. */
async function moreThanIsGiven() {
  const { page } = jan;
  await liar.tell("Jan", ["no more than", "s", 99]);
  await page.goto("/privacy");
  await page.goto("/melden");
  await next(page, () => page.getByRole("button", { name: "Terugkomen" }).click());
  await page.clock.install(); // from here on: until then frames are counted by the browser's own
  await page.locator("#code").fill(digits);
  await page.getByRole("button", { name: "Openen" }).click();
  const isLong = page.getByText("Het duurt lang. Misschien geeft de server niet alles.");
  await page.getByText("Uw code wordt nagekeken").waitFor();
  await page.clock.fastForward("01:00");
  await isLong.waitFor();
  await look(page, "lies-melden-more");
  await jan.press("Probeer het nog een keer");
  await isLong.waitFor({ state: "detached" });
  await liar.tell("Jan");
  await sees(jan, "Wij gaan langs.");
}

try {
  await run([
    ["a neighbourhood", neighbourhood],
    ["p2_a_topic_rolled_back", rolledBack],
    ["another relay", anotherRelay],
    ["an inbox is made", async () => {
      team = await makeInbox("Wijkteam");
    }],
    ["p5_an_inbox_replaced", inboxReplaced],
    ["p2_a_message_kept_from_a_resident", hidden],
    ["a resident finds every warning again", async () => {
      await foundAgain(carla, ["fork", "history_rewritten", "relay_changed", "inbox_replaced"]);
      await look(carla.page, "lies-seen");
    }],
    ["p5_a_coordinator_and_a_record_that_nobody_signed", forgedRecord],
    ["a coordinator finds the warning again", () => foundAgain(dora, ["inbox_replaced", "unsigned"])],
    ["p2_a_welcome_is_hidden", welcomeHidden],
    ["a professional comes into the team", intoTheTeam],
    caseOf("p2_an_acknowledgement_is_hidden", ["hidden", "acknowledged"], "case_fork",
      "Iemand in een zaak kreeg van de server een ander verhaal te zien."),
    caseOf("p2_an_old_event_is_replayed", ["replayed", "acknowledged", "question"], "case_fork",
      "Iemand in een zaak kreeg van de server een ander verhaal te zien."),
    caseOf("p6_another_owner_is_named", ["taken over", "question"], "case_signature",
      "In een zaak staat iets van iemand die dat niet mocht ondertekenen."),
    ["from the warning to the case", caseLooksRight],
    ["a false record of an inbox", falseRecord],
    ["the keys of an inbox are swapped when it is chosen", keysSwapped],
    ["p2_a_reporter_who_looks_on", forkedWhileLooking],
    ["p2_a_reporter_who_comes_back", forkedAtReturn],
    ["p7_silence_past_the_deadline", silence],
    ["p7_a_reporter_is_kept_waiting", moreThanIsGiven],
  ]);
} finally {
  for (const person of [anna, bea, wim]) {
    await person.kill();
  }
  await browser.close();
  await liar.close();
  await relay.close();
}
