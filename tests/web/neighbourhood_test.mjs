// A neighbourhood in real browsers and on the command line, at one relay: found by kring, joined in
// browsers, admitted by kring and by a coordinator's browser, who talk; with a phone and a desktop,
// offline and back, a reload, a killed tab and a relay that is killed in between. look.mjs looks at every
// screen on the way.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, launch } from "./lib/browser.mjs";
import { CliPerson } from "./lib/cli.mjs";
import { look } from "./lib/look.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Relay } from "./lib/relay.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const browser = await launch();
const programs = { kring, kringctl };
const anna = new CliPerson(programs, relay, "Anna");
const bram = await Neighbour.start(browser, relay, "Bram", { viewport: PHONE });
const carla = await Neighbour.start(browser, relay, "Carla", { viewport: DESKTOP });
let link;
/** In browsers of their own, too. */
let street;

/** Another screen of a person. */
const looksRight = ({ page }, what) => look(page, `buurt-${what.replaceAll(" ", "-")}`);

async function found() {
  await anna.found("De Linden");
  ({ link } = await anna.ask(["invite", "--uses", "8"]));
}

async function joinInBrowser() {
  await bram.open(link);
  assert.doesNotMatch(bram.page.url(), /#1\./, "the invitation is no longer in the URL");
  await looksRight(bram, "who are you");
  await bram.askToJoin("Nummer 12, geel hek");
  await looksRight(bram, "waiting");
  const { requests } = await anna.ask(["requests"]);
  assert.deepEqual(requests.map(({ name, check }) => [name, check]), [["Bram", "Nummer 12, geel hek"]]);
}

/** kring connects for each command; the browser answers in between. */
async function admittedByKring() {
  await anna.ask(["admit", "Bram"]);
  await anna.syncUntil(() => bram.sees("heading", "Zorgen in De Linden"));
  await looksRight(bram, "no concerns");
}

async function admittedInBrowser() {
  await bram.go("Buurt");
  await bram.press("Zeg dat u coördinator wilt worden");
  await bram.page.getByText("Het is gezegd.").waitFor();
  await looksRight(bram, "the neighbourhood");
  await anna.ask(["sync"]);
  await anna.ask(["grant", "Bram"]);
  await anna.syncUntil(() => bram.sees("link", "Coördinatie"));
  await carla.open(link);
  await carla.askToJoin("Nummer 14");
  await bram.go("Coördinatie");
  await looksRight(bram, "coordination");
  await bram.page.getByRole("link", { name: "1 buur wil erbij" }).click();
  await bram.page.getByText("Nummer 14").waitFor();
  await looksRight(bram, "requests");
  await bram.press("Laat Carla toe");
  await carla.page.getByRole("heading", { name: "Zorgen in De Linden" }).waitFor();
}

async function concern() {
  await bram.go("Zorgen");
  await bram.press("Een zorg delen");
  await looksRight(bram, "what");
  await bram.press("Verder");
  await bram.page.getByRole("link", { name: "Kies een antwoord" }).waitFor();
  await bram.choose("Iemand die niet meer wordt gezien");
  await bram.press("Verder");
  await bram.page.locator("#text").fill("De gordijnen blijven dicht.");
  await looksRight(bram, "text");
  await bram.press("Verder");
  await bram.press("Sla over");
  await bram.choose("Deze week");
  await bram.press("Verder");
  await bram.choose("Elke dag");
  await bram.press("Verder");
  await bram.page.getByRole("heading", { name: "Kijk na wat u schreef" }).waitFor();
  await looksRight(bram, "check answers");
  await bram.press("Delen met De Linden");
  await bram.page.getByText("De gordijnen blijven dicht.").waitFor();
}

async function answers() {
  const { page } = carla;
  await page.getByRole("link", { name: "Lees en reageer" }).click();
  await page.getByRole("button", { name: "Ik merkte dit ook" }).click();
  await page.getByText("U hebt gezegd dat u dit ook merkte.").waitFor();
  await page.locator("#comment").fill("Gisteren ook al.");
  await carla.press("Reactie plaatsen");
  await page.getByText("Gisteren ook al.").waitFor();
  await carla.press("112 is gebeld");
  await page.getByRole("link", { name: "Bel 112" }).waitFor();
  await looksRight(carla, "112");
  await carla.press("Ja, ik heb 112 gebeld");
  await page.getByText("U heeft 112 gebeld").waitFor();
  await looksRight(carla, "a concern");
  const seen = (await anna.feed()).find(({ kind }) => kind === "concern");
  assert.deepEqual([seen.corroborations, seen.comments, seen.called_112], [1, 1, 1]);
  await anna.ask(["comment", String(seen.seq), "Ik bel aan."]);
  await page.getByText("Ik bel aan.").waitFor();
}

async function chat() {
  await bram.go("Chat");
  await bram.say("Dag allemaal");
  await carla.go("Chat");
  await carla.page.getByText("Dag allemaal").waitFor();
  await anna.ask(["chat", "Welkom"]);
  await bram.page.getByText("Welkom").waitFor();
  await looksRight(bram, "chat");
}

/** P1: what is written without a connection is sent later, once, also when the tab is gone. */
async function offlineAndBack() {
  await bram.context.setOffline(true);
  await relay.stop("SIGKILL");
  await bram.page.getByText("Er is geen verbinding.").waitFor();
  await bram.say("Vanuit de kelder");
  await bram.page.getByText("Wacht op verzending", { exact: true }).waitFor();
  await looksRight(bram, "offline");
  await relay.launch();
  await bram.context.setOffline(false);
  await carla.page.getByText("Vanuit de kelder").waitFor();
  await bram.reload();
  await bram.go("Chat");
  await bram.page.getByText("Vanuit de kelder").waitFor();
  assert.equal((await anna.feed()).filter(({ text }) => text === "Vanuit de kelder").length, 1);
}

async function killedTab() {
  await carla.kill();
  await bram.say("Tot morgen");
  await carla.unlock();
  await carla.go("Chat");
  await carla.page.getByText("Tot morgen").waitFor();
}

/** Four more, so that six browsers and kring are in one group. */
async function streetJoins() {
  street = await Promise.all(["Dora", "Emre", "Fatma", "Gijs"].map((name, i) =>
    Neighbour.start(browser, relay, name, { viewport: i % 2 === 0 ? PHONE : DESKTOP })));
  await bram.go("Coördinatie");
  for (const neighbour of street) {
    await neighbour.open(link);
    await neighbour.askToJoin("Om de hoek");
    await bram.page.getByRole("link", { name: "1 buur wil erbij" }).click();
    await bram.press(`Laat ${neighbour.name} toe`);
    await neighbour.page.getByRole("heading", { name: "Zorgen in De Linden" }).waitFor();
    await bram.go("Coördinatie");
  }
}

/** P1: of six who write at once, while the relay stops and one is offline, one reloads and one's tab is killed,
 * everybody reads everything, once. */
async function everybodyTalks() {
  const [dora, emre, fatma, gijs] = street;
  const all = [bram, carla, ...street];
  const wordsOf = ({ name }) => `Hier is ${name}`;
  await Promise.all(all.map((each) => each.go("Chat")));
  await dora.context.setOffline(true);
  await relay.stop();
  await Promise.all([bram, dora, emre, gijs].map((each) => each.say(wordsOf(each))));
  await relay.launch();
  await Promise.all([carla.say(wordsOf(carla)), fatma.say(wordsOf(fatma)), emre.reload()]);
  await fatma.kill();
  await dora.context.setOffline(false);
  await fatma.unlock();
  await Promise.all([emre, fatma].map((each) => each.go("Chat")));
  for (const each of all) {
    for (const other of all) {
      await each.page.getByText(wordsOf(other)).waitFor();
      assert.equal(await each.page.getByText(wordsOf(other)).count(), 1, `${each.name} reads ${other.name} once`);
    }
  }
  const read = (await anna.feed()).map(({ text }) => text).filter((text) => text?.startsWith("Hier is"));
  assert.deepEqual(read.sort(), all.map(wordsOf).sort());
  assert.equal(browser.contexts().length, 6);
}

async function otherScreens() {
  for (const name of ["Kringen", "Instellingen"]) {
    await bram.go(name);
    await looksRight(bram, name);
  }
  for (const [name, heading] of [
    ["Uitnodigingen", "Uitnodigingen"], ["Afspraken en advies", "Afspraken en advies"],
    ["Vertrouwde professionals", "Vertrouwde professionals"], ["Logboek", "Logboek"],
    ["Tijd tussen berichten", "Tijd tussen berichten"],
  ]) {
    await bram.go("Coördinatie");
    await bram.page.getByRole("link", { name }).click();
    await bram.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await looksRight(bram, name);
  }
  await bram.go("Coördinatie");
  await bram.page.getByRole("link", { name: "Uitnodigingen" }).click();
  await bram.press("Uitnodiging maken");
  await bram.page.getByRole("img", { name: "Vierkante code" }).waitFor();
  await looksRight(bram, "letter");
}

async function safetyNumbers() {
  const numbers = [];
  for (const [person, other] of [[bram, "Carla"], [carla, "Bram"]]) {
    await person.go("Buurt");
    await person.press("Bekijk de leden");
    await person.page.getByRole("link", { name: other }).click();
    numbers.push(await person.page.locator(".kring-digits--large").textContent());
    await looksRight(person, "safety number");
  }
  assert.match(numbers[0], /^(\d{5} ){11}\d{5}$/);
  assert.equal(numbers[0], numbers[1]);
}

/** Only who is in it reads what is there. */
async function circle() {
  await bram.go("Kringen");
  await bram.press("Een kring maken");
  await bram.page.locator("#name").fill("Om nummer 3");
  await bram.choose("Carla");
  await looksRight(bram, "a new circle");
  await bram.press("Kring maken");
  await bram.page.getByRole("heading", { name: "Zorgen in Om nummer 3" }).waitFor();
  await bram.go("Chat");
  await bram.say("Alleen wij twee");
  await carla.go("Kringen");
  await carla.page.getByRole("link", { name: "Open Om nummer 3" }).click();
  await carla.go("Chat");
  await carla.page.getByText("Alleen wij twee").waitFor();
  assert.equal((await anna.ask(["groups"])).groups.length, 1);
}

/** What comes in is new until somebody can have seen it. */
async function hiddenTab() {
  const { page } = carla;
  const turn = (state) => page.evaluate((to) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => to });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
  const message = page.getByRole("log").getByText("Bent u er?");
  const unread = page.getByText("1 nieuw bericht");
  await turn("hidden");
  await bram.say("Bent u er?");
  await message.waitFor();
  await carla.go("Kringen");
  await unread.waitFor();
  await page.goBack();
  await message.waitFor();
  await turn("visible");
  await carla.go("Kringen");
  await unread.waitFor({ state: "detached" });
}

async function takeDown() {
  await carla.go("Zorgen");
  await anna.ask(["chat", "Iets lelijks"]);
  await bram.go("Buurt");
  await bram.go("Chat");
  const message = bram.page.locator("article").filter({ hasText: "Iets lelijks" });
  await message.getByRole("button", { name: "Haal weg" }).click();
  await bram.page.locator("#reason").fill("Dat is niet aardig.");
  await looksRight(bram, "taking down");
  await bram.press("Dit bericht weghalen");
  await bram.page.getByText("Een coördinator heeft dit bericht weggehaald: Dat is niet aardig.").waitFor();
  const { entries } = await anna.ask(["log"]);
  assert.equal(entries.pop().reason, "Dat is niet aardig.");
}

async function leaves() {
  await carla.go("Buurt");
  await carla.press("Uit de buurt gaan");
  await looksRight(carla, "leaving");
  await carla.press("Ja, ik ga weg");
  await carla.page.getByRole("heading", { name: "U bent uit de buurt gegaan." }).waitFor();
  const { members } = await anna.ask(["members"]);
  assert.deepEqual(members.map(({ name }) => name).sort(), ["Anna", "Bram", "Dora", "Emre", "Fatma", "Gijs"]);
}

try {
  await run([
    ["kring founds a neighbourhood and invites", found],
    ["a neighbour asks to join in the browser", joinInBrowser],
    ["kring admits", admittedByKring],
    ["a coordinator admits in the browser", admittedInBrowser],
    ["a concern, one question a page", concern],
    ["heard it too, a comment, 112 is called", answers],
    ["chat, with the command line", chat],
    ["p1_offline_the_relay_killed_a_reload: nothing is lost and nothing comes twice", offlineAndBack],
    ["p1_a_killed_tab_loses_nothing", killedTab],
    ["four more join, in browsers", streetJoins],
    ["p1_six_browsers_and_kring: everybody reads everything once", everybodyTalks],
    ["safety numbers are the same", safetyNumbers],
    ["every other screen", otherScreens],
    ["a circle", circle],
    ["what comes while the tab is hidden stays new", hiddenTab],
    ["a message is taken down, with a reason", takeDown],
    ["leaving", leaves],
    ["nothing was wrong on the way", () => {
      for (const { watched } of [bram, carla, ...street]) {
        assert.deepEqual(watched.foreign, []);
        // A connection that is refused is said on the console by the browser itself.
        assert.deepEqual(watched.faults.filter((fault) => !/WebSocket|ERR_|Failed to load/.test(fault)), []);
      }
    }],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
