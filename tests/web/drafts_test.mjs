// What was typed is not lost: by a reload, a killed tab, a screen that is left, or a refusal; nothing is sent twice;
// and of all that is kept nothing stands on the device in the clear. A professional and a resident in browsers.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, contentsOf, launch } from "./lib/browser.mjs";
import { CliPerson } from "./lib/cli.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { look } from "./lib/look.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Professional } from "./lib/professional.mjs";
import { Relay } from "./lib/relay.mjs";
import { Reporter } from "./lib/reporter.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const programs = { kring, kringctl };
const relay = await Relay.start(kringd);
const browser = await launch();
const wim = await Inbox.make(programs, relay, "Wijkagent");
const anna = new CliPerson(programs, relay, "Anna");
const els = await Professional.start(browser, relay, "Els", { viewport: DESKTOP });
const bram = await Neighbour.start(browser, relay, "Bram", { viewport: PHONE });
const CANARY = "kanariegeel";
let id;

const words = () => els.page.locator("#words");
const isKept = ({ page }) => page.getByText("Bewaard op dit apparaat om").first().waitFor();
const isGivenBack = ({ page }) => page.getByText("Dit is uw tekst van").waitFor();
const types = async () => (await wim.ask("case", id)).timeline.map(({ type }) => type);

const isEmpty = ({ page }, field) => page.waitForFunction((id) => document.querySelector(id).value === "", field);

/** What is typed is on the disk once the screen says so. */
async function type(person, field, text) {
  await person.page.locator(field).fill(text);
  await isKept(person);
}

async function begins() {
  await els.begin();
  await els.enterTeam(wim);
  await new Reporter(programs, relay).send(wim);
  await els.go("Zaken");
  await els.openCase("Lange Laan 12");
  [{ case: id }] = await wim.cases();
  await anna.found("De Linden");
  const { link } = await anna.ask(["invite"]);
  await bram.open(link);
  await bram.askToJoin("Nummer 12");
  await anna.ask(["admit", "Bram"]);
  await anna.syncUntil(() => bram.sees("heading", "Zorgen in De Linden"));
}

async function comesBackToTheCase() {
  await els.reload();
  await els.heading("Lange Laan 12");
  assert.equal(new URL(els.page.url()).hash, "#case");
}

async function comesBackToTheForm() {
  await els.act("Ontvangst bevestigen");
  await type(els, "#words", `Ik ga erheen, ${CANARY}.`);
  await els.reload();
  await els.heading("Ontvangst bevestigen");
  await isGivenBack(els);
  assert.equal(await words().inputValue(), `Ik ga erheen, ${CANARY}.`);
  await look(els.page, "tekst-terug");
}

/** Neither the words nor the case's id, as text or as bytes, in any storage, the URL or the history. */
async function nothingInTheClear() {
  const everything = JSON.stringify([await contentsOf(els.page), els.page.url()]);
  assert.match(everything, /records/);
  const raw = [...Buffer.from(id, "base64url")];
  for (const what of [CANARY, id, [...Buffer.from(CANARY)].join(), [...Buffer.from(id)].join(), raw.join()]) {
    assert.ok(!everything.includes(what), what);
  }
}

async function killedTab() {
  await words().fill(`Morgen ga ik erheen, ${CANARY}.`);
  await els.go("Zaken"); // a form that is left is kept at once
  await els.row("Lange Laan 12").waitFor();
  await els.openCase("Lange Laan 12");
  await els.act("Ontvangst bevestigen");
  assert.equal(await words().inputValue(), `Morgen ga ik erheen, ${CANARY}.`);
  await els.kill();
  await els.unlock();
  await els.go("Zaken");
  await els.openCase("Lange Laan 12");
  await els.act("Ontvangst bevestigen");
  await isGivenBack(els);
  assert.equal(await words().inputValue(), `Morgen ga ik erheen, ${CANARY}.`);
}

/** What was sent is not offered again. */
async function sentIsGone() {
  await els.send("Ontvangst bevestigen");
  await els.say("Iets vragen", "Hoe laat?");
  await els.act("Iets vragen");
  assert.equal(await words().inputValue(), "");
  await type(els, "#words", "Toch niet.");
  await els.reload();
  await isGivenBack(els);
  await els.press("Gooi deze tekst weg");
  await isEmpty(els, "#words");
  await els.press("Terug naar de zaak");
  await els.act("Iets vragen");
  assert.equal(await words().inputValue(), "");
}

/** P1, and no act twice: held without a connection, its form says so when it is opened again. */
async function noActTwice() {
  await els.page.locator("#words").fill("Op welke dagen?");
  await relay.stop("SIGKILL");
  await els.page.getByText("Er is geen verbinding.").first().waitFor();
  await els.press("Versturen");
  await els.page.getByText("Het wordt verstuurd zodra die er is.").waitFor();
  await els.press("Terug naar de zaak");
  await els.heading("Lange Laan 12");
  await els.act("Iets vragen");
  await els.page.getByText("Dit wacht nog om verstuurd te worden.").waitFor();
  await els.page.getByText("Op welke dagen?").waitFor();
  assert.equal(await els.page.getByRole("button", { name: "Versturen" }).count(), 0);
  await look(els.page, "handeling-wacht");
  await relay.launch();
  await words().waitFor();
  assert.equal(await words().inputValue(), "");
  await els.press("Terug naar de zaak");
  await els.page.getByText("Op welke dagen?").waitFor();
  assert.deepEqual(await types(), ["submitted", "acknowledged", "question", "question"]);
}

async function notesAreKept() {
  await type(els, "#note", "Gebeld met de school.");
  await els.reload();
  await isGivenBack(els);
  assert.equal(await els.page.locator("#note").inputValue(), "Gebeld met de school.");
  await els.press("Notitie bewaren");
  await els.page.getByRole("listitem").getByText("Gebeld met de school.").waitFor();
  await isEmpty(els, "#note");
}

/** An example of one's own is kept, used, changed and removed. */
async function ownExample() {
  const examples = els.page.getByLabel("Begin met een voorbeeld");
  const options = () => examples.locator("option").allTextContents();
  await els.act("Terugkoppelen");
  await words().fill("Wij komen langs.");
  await els.press("Bewaar deze tekst als voorbeeld");
  await els.press("Voorbeeld bewaren");
  await els.page.getByRole("link", { name: "Vul dit in" }).waitFor();
  await look(els.page, "voorbeeld-bewaren");
  await els.page.locator("#example-name").fill("Langskomen");
  await els.page.keyboard.press("Enter");
  await els.page.getByText("Bewaard als voorbeeld: Langskomen").waitFor();
  await words().fill("");
  await els.reload();
  await els.heading("Terugkoppelen");
  await examples.selectOption({ label: "Langskomen (van u)" });
  assert.equal(await words().inputValue(), "Wij komen langs.");
  await words().fill("Wij komen morgen langs.");
  await els.press("Bewaar deze tekst als voorbeeld");
  await els.press("Voorbeeld bewaren");
  await els.page.getByText("Bewaard als voorbeeld: Langskomen").waitFor();
  assert.equal((await options()).filter((option) => option.includes("van u")).length, 1);
  await words().fill("");
  await examples.selectOption("");
  await examples.selectOption({ label: "Langskomen (van u)" });
  assert.equal(await words().inputValue(), "Wij komen morgen langs.");
  await look(els.page, "voorbeeld-gekozen");
  await els.press("Verwijder dit voorbeeld");
  await els.page.getByText("Wilt u het voorbeeld Langskomen verwijderen?").waitFor();
  await els.page.getByRole("dialog").getByRole("button", { name: "Verwijder dit voorbeeld" }).click();
  await els.page.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual((await options()).filter((option) => option.includes("van u")), []);
}

/** A concern, question by question, and back at the question where one was. */
async function concern() {
  await bram.go("Zorgen");
  await bram.press("Een zorg delen");
  await bram.choose("Iemand die niet meer wordt gezien");
  await bram.press("Verder");
  await bram.page.locator("#text").fill("De gordijnen blijven dicht.");
  await bram.press("Verder");
  await bram.page.locator("#where").fill("Bij de hoek");
  await bram.go("Chat");
  await bram.page.locator("#chat").waitFor();
  await bram.page.goBack();
  await isGivenBack(bram);
  await look(bram.page, "zorg-terug");
  await bram.reload();
  await isGivenBack(bram);
  assert.equal(await bram.page.locator("#where").inputValue(), "Bij de hoek");
  await bram.press("Verder");
  await bram.choose("Deze week");
  await bram.press("Verder");
  await bram.choose("Elke dag");
  await bram.press("Verder");
  await bram.page.getByText("De gordijnen blijven dicht.").waitFor();
  await bram.press("Delen met De Linden");
  await bram.page.getByRole("link", { name: "Lees en reageer" }).click();
}

async function commentAndChat() {
  await type(bram, "#comment", `Ook gisteren, ${CANARY}.`);
  await bram.reload();
  await isGivenBack(bram);
  assert.equal(await bram.page.locator("#comment").inputValue(), `Ook gisteren, ${CANARY}.`);
  await bram.press("Reactie plaatsen");
  await bram.page.getByRole("listitem").getByText(`Ook gisteren, ${CANARY}.`).waitFor();
  await bram.go("Chat");
  await type(bram, "#chat", "Dag buren");
  await bram.reload();
  await bram.page.getByRole("heading", { name: "Chat", exact: false, level: 1 }).waitFor();
  await isGivenBack(bram);
  assert.equal(await bram.page.locator("#chat").inputValue(), "Dag buren");
  assert.ok(!JSON.stringify(await contentsOf(bram.page)).includes([...Buffer.from(CANARY)].join()));
  await bram.press("Versturen");
  await bram.page.getByRole("log").getByText("Dag buren").waitFor();
}

/** Refused when its form, and even the tab, is gone: the words come back with the reason. */
async function refused() {
  await relay.stop("SIGKILL");
  await bram.page.getByText("Er is geen verbinding.").waitFor();
  await bram.say("Wie is er wakker?");
  await bram.kill();
  await relay.launch();
  await anna.ask(["mute", "Bram", "10", "Even rust."]);
  await bram.unlock();
  await bram.page.getByText("1 tekst van u is niet verstuurd.").waitFor();
  await bram.page.getByRole("link", { name: "Bekijk wat niet is verstuurd" }).click();
  await bram.page.getByText("Wie is er wakker?").waitFor();
  await look(bram.page, "niet-verstuurd");
  await bram.press("Ga verder met deze tekst");
  await bram.page.getByText(/^Uw tekst van .* is niet verstuurd\./).waitFor();
  assert.equal(await bram.page.locator("#chat").inputValue(), "Wie is er wakker?");
  await look(bram.page, "geweigerd-terug");
  await bram.page.getByText("1 tekst van u is niet verstuurd.").waitFor({ state: "detached" });
  await bram.press("Gooi deze tekst weg");
  await isEmpty(bram, "#chat");
  assert.deepEqual((await anna.feed()).filter(({ text }) => text === "Wie is er wakker?"), []);
}

try {
  await run([
    ["a professional has a case, a neighbour a neighbourhood", begins],
    ["a reload comes back to the case", comesBackToTheCase],
    ["and to the form, with what was typed", comesBackToTheForm],
    ["p4_nothing_of_it_is_in_the_clear", nothingInTheClear],
    ["a screen that is left, a killed tab", killedTab],
    ["what was sent, or thrown away, is not given back", sentIsGone],
    ["p1_an_act_waits_and_is_not_offered_twice", noActTwice],
    ["a note", notesAreKept],
    ["an example of one's own", ownExample],
    ["a concern", concern],
    ["a comment and a chat", commentAndChat],
    ["a refused post comes back with the reason", refused],
    ["nothing was wrong on the way", () => {
      for (const { watched } of [els, bram]) {
        assert.deepEqual(watched.foreign, []);
        assert.deepEqual(watched.faults.filter((fault) => !/WebSocket|ERR_/.test(fault)), []);
      }
    }],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
