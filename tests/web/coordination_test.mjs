// A neighbourhood in browsers alone: founded with the operator's code, looked after by its coordinator,
// and what the others see of each thing that she does; what everybody does with the own messages,
// devices and account. look.mjs looks at the screens that no other test comes across.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { run } from "../interop/tap.mjs";
import { DESKTOP, PHONE, launch } from "./lib/browser.mjs";
import { firstValue } from "./lib/keyboard.mjs";
import { copyKeystore, restoreKeystore } from "./lib/keystore.mjs";
import { look } from "./lib/look.mjs";
import { CODE, Neighbour } from "./lib/neighbour.mjs";
import { Relay } from "./lib/relay.mjs";

const [kringd, kringctl] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const browser = await launch();
const dora = await Neighbour.start(browser, relay, "Dora", { viewport: DESKTOP });
const emil = await Neighbour.start(browser, relay, "Emil", { viewport: PHONE });
const freya = await Neighbour.start(browser, relay, "Freya", { viewport: PHONE });
const eva = await Neighbour.start(browser, relay, "Eva", { viewport: PHONE });
const finn = await Neighbour.start(browser, relay, "Finn", { viewport: DESKTOP });
const tablet = await Neighbour.start(browser, relay, "Tablet", { viewport: PHONE });

const looksRight = ({ page }, what) => look(page, `coordinatie-${what.replaceAll(" ", "-")}`);
const sees = ({ page }, text) => page.getByText(text).first().waitFor();
const heading = ({ page }, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
const inDialog = ({ page }, name) => page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
const follow = ({ page }, name) => page.getByRole("link", { name, exact: true }).click();
const messageOf = ({ page }, text) => page.locator("article").filter({ hasText: text });

async function operatorsCode() {
  const { stdout } = await promisify(execFile)(kringctl, ["--socket", relay.control, "--json", "grant", "community"]);
  return JSON.parse(stdout).code;
}

async function found() {
  const { page } = dora;
  await page.goto("/");
  await dora.createCode();
  await dora.press("Zelf een buurt beginnen");
  await dora.choose("Alleen");
  await dora.press("Verder");
  await heading(dora, "Een buurt beginnen");
  await page.locator("#place").waitFor();
  await looksRight(dora, "founding");
  await page.locator("#place").fill("De Wilgen");
  await page.locator("#name").fill("Dora");
  await dora.press("Verder");
  await heading(dora, "Schrijf deze cijfers op");
  await looksRight(dora, "recovery digits");
  const digits = await page.locator(".kring-digits").textContent();
  assert.ok(digits.replace(/\D/g, "").length >= 20, digits);
  await dora.press("Ik heb ze opgeschreven");
  await page.locator("#digits").fill("12345");
  await dora.press("Verder");
  await page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await looksRight(dora, "digits repeated wrongly");
  await page.locator("#digits").fill(digits);
  await dora.press("Verder");
  await page.locator("#grant").fill("geen-goede-code");
  await dora.press("Buurt beginnen");
  await sees(dora, "Deze code klopt niet");
  await page.locator("#grant").fill(await operatorsCode());
  await dora.press("Buurt beginnen");
  await heading(dora, "Zorgen in De Wilgen");
  return "with nothing but a browser and the operator's code";
}

/** Each on a device of their own, with texts that they send each other. */
async function foundedTogether() {
  for (const person of [eva, finn]) {
    await person.page.goto("/");
    await person.createCode();
    await person.press("Zelf een buurt beginnen");
  }
  const textOf = ({ page }, label) => page.getByRole("group", { name: label, exact: true }).textContent();
  await finn.choose("Ik begin mee met iemand anders");
  await finn.press("Verder");
  await finn.page.locator("#name").fill("Finn");
  await finn.press("Verder");
  const card = await textOf(finn, "De tekst van uw kaart");

  await eva.choose("Samen met anderen");
  await eva.press("Verder");
  await eva.page.locator("#place").fill("De Beuken");
  await eva.page.locator("#name").fill("Eva");
  await eva.press("Verder");
  await heading(eva, "Wie beginnen mee?");
  await eva.page.locator("#name").fill("Finn");
  await eva.page.locator("#card").fill(card.slice(4));
  await eva.press("Kaart toevoegen");
  await sees(eva, "Deze kaart klopt niet");
  await eva.page.locator("#card").fill(card);
  await eva.press("Kaart toevoegen");
  await sees(eva, "Dit zijn ze tot nu toe: Finn.");
  await looksRight(eva, "founders cards");
  await eva.press("Dat is iedereen");
  const digits = await eva.page.locator(".kring-digits").textContent();
  await eva.press("Ik heb ze opgeschreven");
  await eva.page.locator("#digits").fill(digits);
  await eva.press("Verder");
  await heading(eva, "Laat de anderen tekenen");
  const content = await textOf(eva, "De tekst om te tekenen");

  await finn.page.locator("#content").fill("geen tekst");
  await finn.press("Verder");
  await finn.page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await looksRight(finn, "founders partner");
  await finn.page.locator("#content").fill(content);
  await finn.press("Verder");
  await sees(finn, "U wordt coördinator van de buurt De Beuken. Klopt dat?");
  await finn.press("Ja, ik teken");
  const signature = await textOf(finn, "De tekst van uw antwoord");
  await looksRight(finn, "founders signed");

  const signedBy = async (answer) => {
    await eva.page.locator("#signature-1").fill(answer);
    await eva.press("Verder");
  };
  await signedBy(content);
  await eva.page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await looksRight(eva, "founders signatures");
  await signedBy(`${signature.slice(0, -2)}${signature.endsWith("AA") ? "BA" : "AA"}`);
  await eva.page.locator("#grant").fill(await operatorsCode());
  await eva.press("Buurt beginnen");
  await sees(eva, "Een van de antwoorden klopt niet.");
  const grant = await eva.page.locator("#grant").inputValue();
  await eva.press("Terug");
  await signedBy(signature);
  await eva.page.locator("#grant").fill(grant);
  await eva.press("Buurt beginnen");
  for (const person of [eva, finn]) {
    await person.page.getByRole("navigation").getByRole("link", { name: "Coördinatie" }).waitFor();
  }
}

/** A new invitation's link. */
async function invite() {
  await dora.go("Coördinatie");
  await follow(dora, "Uitnodigingen");
  await dora.press("Uitnodiging maken");
  return dora.page.locator(".kring-letter__link").textContent();
}

async function toRequests() {
  await dora.go("Coördinatie");
  await dora.page.getByRole("link", { name: /wil erbij/ }).click();
}

async function admits() {
  await emil.open(await invite());
  await emil.askToJoin("Nummer 4");
  await toRequests();
  await dora.press("Laat Emil toe");
  await sees(dora, "Niemand wacht op u.");
  await heading(emil, "Zorgen in De Wilgen");
}

async function refuses() {
  await freya.open(await invite());
  await freya.askToJoin("Ik woon hier");
  await toRequests();
  await dora.press("Weiger Freya");
  await inDialog(dora, "Weiger Freya");
  await dora.page.getByRole("link", { name: "Vul dit in" }).waitFor();
  await dora.page.locator("#reason").fill("Bel mij eerst even.");
  await looksRight(dora, "refusing");
  await inDialog(dora, "Weiger Freya");
  await sees(dora, "Niemand wacht op u.");
  await heading(freya, "U bent niet toegelaten");
  await sees(freya, "Bel mij eerst even.");
  await looksRight(freya, "refused");
}

async function paste(person, link) {
  await person.page.locator("#link").fill(link);
  await person.press("Uitnodiging openen");
  await heading(person, "U bent uitgenodigd");
}

async function revokes() {
  const link = await invite();
  await dora.go("Coördinatie");
  await follow(dora, "Uitnodigingen");
  await looksRight(dora, "invitations");
  await dora.press("Trek in");
  await sees(dora, "Ingetrokken");
  await freya.press("Uitnodiging openen");
  await paste(freya, link);
  await freya.page.locator("#check").fill("Nummer 6");
  await freya.press("Vraag of u erbij mag");
  await sees(freya, "Deze uitnodiging werkt niet");
  await looksRight(freya, "an invitation that does not work");
  await freya.press("Een andere uitnodiging");
  await paste(freya, await invite());
  await freya.askToJoin("Nummer 6");
  await toRequests();
  await dora.press("Laat Freya toe");
  await heading(freya, "Zorgen in De Wilgen");
}

async function textsForAll() {
  await dora.go("Coördinatie");
  await follow(dora, "Afspraken en advies");
  await dora.page.locator("#rules").fill("Wees aardig.\nNoem geen namen.");
  await dora.page.getByRole("button", { name: "Bewaren" }).click();
  await sees(dora, "Bewaard.");
  await dora.page.locator("#guide").fill("Hoort u slaan? Bel 112.");
  await dora.press("Advies geven");
  await sees(emil, "Hoort u slaan? Bel 112.");
  await emil.go("Buurt");
  await sees(emil, "Noem geen namen.");
  await sees(emil, "Belangrijk");
  await looksRight(emil, "rules and guidance");
}

async function announces() {
  await dora.go("Coördinatie");
  await follow(dora, "Een mededeling doen");
  await looksRight(dora, "announcing");
  await dora.page.locator("#announcement").fill("Dinsdag koffie in het buurthuis.");
  await dora.press("Mededeling plaatsen");
  await heading(dora, "Zorgen in De Wilgen");
  await emil.go("Zorgen");
  await sees(emil, "Dinsdag koffie in het buurthuis.");
  await messageOf(emil, "Dinsdag koffie").getByRole("link", { name: "Lees en reageer" }).click();
  await emil.page.locator("#comment").fill("Ik kom.");
  await emil.press("Reactie plaatsen");
  assert.equal(await emil.page.getByRole("button", { name: "Ik merkte dit ook" }).count(), 0);
  await sees(dora, "1 reactie");
  assert.equal(await dora.page.getByText("Ik kom.").count(), 0, "it stands in the thread alone");
}

async function pace(name) {
  await dora.go("Coördinatie");
  await follow(dora, "Tijd tussen berichten");
  await dora.page.locator("#pace").selectOption({ label: name });
  await dora.press("Bewaren");
  await sees(dora, "Bewaard.");
}

async function slowMode() {
  await pace("1 uur");
  await emil.go("Chat");
  await emil.page.locator("#chat").fill("Nog iets");
  await emil.press("Versturen");
  await sees(emil, "U hebt net iets geplaatst.");
  assert.equal(await emil.page.locator("#chat").inputValue(), "Nog iets", "what was written is still there");
  await looksRight(emil, "slow mode");
  await pace("Niet wachten");
  await emil.press("Versturen");
  await emil.page.getByRole("log").getByText("Nog iets").waitFor();
}

async function toMember(name) {
  await dora.go("Coördinatie");
  await follow(dora, "Leden en rollen");
  await follow(dora, name);
  await heading(dora, name);
}

/** Presses, gives a reason, and presses again in the dialog. */
async function withReason(name, reason) {
  await dora.press(name);
  await dora.page.locator("#reason").fill(reason);
  await inDialog(dora, name);
  await dora.page.getByRole("dialog").waitFor({ state: "detached" });
}

async function mutes() {
  await toMember("Freya");
  await looksRight(dora, "a member");
  await withReason("Laat Freya een tijd alleen lezen", "Even rustig.");
  await sees(freya, "alleen lezen. De buurtcoördinator");
  await freya.go("Chat");
  await freya.page.locator("#chat").fill("Maar ik");
  await freya.press("Versturen");
  await sees(freya, "U kunt hier nu even niets plaatsen.");
  await looksRight(freya, "muted");
  await withReason("Laat Freya weer schrijven", "Het is goed.");
  await freya.page.getByText("alleen lezen. De buurtcoördinator").waitFor({ state: "detached" });
  await freya.say("Dank u");
  await emil.page.getByRole("log").getByText("Dank u").waitFor();
}

async function ownMessages() {
  await dora.go("Chat");
  await messageOf(dora, "Dank u").getByRole("button", { name: "Beantwoorden" }).click();
  await sees(dora, "Antwoord aan Freya: “Dank u”");
  await dora.say("Graag gedaan");
  const answer = messageOf(freya, "Graag gedaan");
  await answer.getByText("Antwoord aan U: “Dank u”").waitFor();
  await looksRight(freya, "an answer in the chat");
  await messageOf(dora, "Graag gedaan").getByRole("button", { name: "Dit bericht wijzigen" }).click();
  await looksRight(dora, "changing a message");
  await dora.page.locator("#edit").fill("Heel graag gedaan");
  await dora.press("Wijziging plaatsen");
  await messageOf(freya, "Heel graag gedaan").getByText("Later veranderd").waitFor();
  await messageOf(freya, "Heel graag gedaan").getByText("Antwoord aan U").waitFor();
  await messageOf(freya, "Dank u").first().getByRole("button", { name: "Neem dit bericht terug" }).click();
  await freya.press("Ja, neem het terug");
  await sees(emil, "Dit bericht is teruggenomen.");
}

async function concernChanged() {
  await freya.go("Zorgen");
  await freya.press("Een zorg delen");
  await freya.choose("Iets anders");
  await freya.press("Verder");
  await freya.page.locator("#text").fill("Er staat een auto.");
  await freya.press("Verder");
  await freya.page.locator("#where").fill("Bij de speeltuin");
  await freya.press("Verder");
  await freya.choose("Vandaag");
  await freya.press("Verder");
  await freya.choose("Eén keer");
  await freya.press("Verder");
  await freya.press("Delen met De Wilgen");
  await messageOf(freya, "Er staat een auto.").getByRole("link", { name: "Lees en reageer" }).click();
  await freya.press("Dit bericht wijzigen");
  await freya.page.locator("#edit").fill("Er staat een rode auto.");
  await freya.press("Wijziging plaatsen");
  await emil.go("Zorgen");
  await messageOf(emil, "Er staat een rode auto.").getByText("Waar: Bij de speeltuin").waitFor();
  await messageOf(emil, "Er staat een rode auto.").getByRole("link", { name: "Lees en reageer" }).click();
  await sees(emil, "Hier stond eerst:");
  await emil.page.getByText("Er staat een auto.", { exact: true }).waitFor();
  await looksRight(emil, "a concern that was changed");
}

async function settings() {
  assert.equal(await firstValue(emil.page, "#name", () => emil.go("Instellingen")), "Emil");
  await emil.page.locator("#name").fill("Emil de Boer");
  await emil.press("Naam bewaren");
  await sees(emil, "Bewaard.");
  await toMember("Emil de Boer");
  await emil.page.locator("#language").selectOption("en");
  await heading(emil, "Settings");
  await emil.page.reload();
  await heading(emil, "Open the app");
  await emil.page.locator("#language").selectOption("nl");
  await emil.enter();
  await emil.go("Instellingen");
  await emil.press("App op slot doen");
  await heading(emil, "Open de app");
  assert.equal(await emil.page.getByText("De Wilgen").count(), 0);
  await emil.enter();
}

async function ownData() {
  await emil.go("Instellingen");
  const [download] = await Promise.all([emil.page.waitForEvent("download"), emil.press("Gegevens opslaan")]);
  assert.equal(download.suggestedFilename(), "kring.json");
  const text = await readFile(await download.path(), "utf8");
  assert.match(JSON.stringify(JSON.parse(text)), /Emil de Boer/);
  assert.doesNotMatch(text, /secret|private_key/);
}

async function grants() {
  await emil.go("Buurt");
  await emil.press("Zeg dat u coördinator wilt worden");
  await sees(emil, "Het is gezegd.");
  await toMember("Emil de Boer");
  await dora.press("Maak Emil de Boer coördinator");
  await looksRight(dora, "granting");
  await inDialog(dora, "Maak Emil de Boer coördinator");
  await emil.page.getByRole("navigation").getByRole("link", { name: "Coördinatie" }).waitFor();
  await sees(dora, "Coördinator");
}

/** What one saves comes into the other's form, unless something was typed there. */
async function changesBoth() {
  const save = async ({ page }, rules) => {
    await page.locator("#rules").fill(rules);
    await page.getByRole("button", { name: "Bewaren" }).click();
  };
  const follows = ({ page }, rules) =>
    page.waitForFunction((text) => document.querySelector("#rules").value === text, rules);
  for (const person of [dora, emil]) {
    await person.go("Coördinatie");
    const rules = await firstValue(person.page, "#rules", () => follow(person, "Afspraken en advies"));
    assert.equal(rules, "Wees aardig.\nNoem geen namen.");
  }
  await save(dora, "Wees aardig.");
  await follows(emil, "Wees aardig.");
  await emil.page.locator("#rules").fill("Wees aardig, en stil.");
  await save(dora, "Wees lief.");
  await sees(dora, "Bewaard.");
  await emil.press("Bewaren");
  await follows(dora, "Wees aardig, en stil.");
}

/** As after a backup of the phone that was put back: its own commit is none that it can follow. */
async function heals() {
  await emil.kill();
  await copyKeystore(emil);
  await emil.unlock();
  await emil.go("Coördinatie");
  await follow(emil, "Tijd tussen berichten");
  await emil.page.locator("#pace").selectOption({ label: "30 seconden" });
  await emil.press("Bewaren");
  await sees(emil, "Bewaard.");
  await emil.kill();
  await dora.kill(); // nobody is there who could heal
  await restoreKeystore(emil);
  await emil.unlock();
  await sees(emil, "Er klopt iets niet met wat de server stuurde.");
  await emil.go("Zorgen");
  await sees(emil, "U kunt nieuwe berichten niet meer lezen.");
  await looksRight(emil, "stranded");
  await emil.press("Vraag om hulp");
  await sees(emil, "De vraag is verstuurd.");
  await looksRight(emil, "asked to be healed");
  await dora.unlock();
  await emil.page.getByText("De vraag is verstuurd.").waitFor({ state: "detached" });
  await dora.go("Chat");
  await dora.say("Welkom terug");
  await emil.go("Chat");
  await emil.page.getByRole("log").getByText("Welkom terug").waitFor();
}

async function dismisses() {
  await follow(emil, "Bekijk de waarschuwing");
  await sees(emil, "De gegevens op dit apparaat zijn ouder");
  await looksRight(emil, "an alarm");
  await emil.press("Ik heb dit gezien");
  await sees(emil, "Eerder gezien");
  assert.equal(await emil.page.getByText("Er klopt iets niet").count(), 0);
}

async function withdraws() {
  await toMember("Emil de Boer");
  await dora.press("Emil de Boer is geen coördinator meer");
  await inDialog(dora, "Emil de Boer is geen coördinator meer");
  await emil.page.getByRole("navigation").getByRole("link", { name: "Coördinatie" }).waitFor({ state: "detached" });
}

async function removes() {
  await toMember("Freya");
  await withReason("Haal Freya uit de buurt", "Verhuisd.");
  await heading(freya, "U bent geen lid meer");
  await looksRight(freya, "removed");
  await dora.go("Coördinatie");
  await follow(dora, "Logboek");
  await sees(dora, "Verhuisd.");
  await looksRight(dora, "log");
  await emil.go("Buurt");
  await sees(emil, "2 leden");
}

async function secondDevice() {
  await emil.go("Instellingen");
  await follow(emil, "Uw apparaten");
  await emil.press("Begin met een nieuw apparaat");
  await looksRight(emil, "a link for a device");
  const link = await emil.page.locator(".kring-letter__link").textContent();
  await tablet.page.goto(link);
  assert.doesNotMatch(tablet.page.url(), /#3\./, "it is in the URL no more");
  await tablet.createCode();
  await heading(tablet, "Nog een apparaat");
  await tablet.page.locator("#name").fill("Emil de Boer");
  await looksRight(tablet, "a new device");
  await tablet.press("Verder");
  await sees(tablet, "Scan nu dit vierkant met uw andere apparaat.");
  await looksRight(tablet, "a card for a device");
  const card = await tablet.page.locator(".kring-letter__link").textContent();
  await emil.page.locator("#card").fill(link);
  await emil.press("Verder");
  await emil.page.getByRole("link", { name: "Dit kan niet kloppen." }).waitFor();
  await emil.page.locator("#card").fill(card);
  await emil.press("Verder");
  await sees(emil, "Is het van uzelf?");
  await looksRight(emil, "adding a device");
  await emil.press("Ja, voeg het toe");
  await sees(emil, "Het apparaat is toegevoegd.");
  await tablet.press("Dat is gedaan. Kijk of het werkt");
  await heading(tablet, "Zorgen in De Wilgen");
  await tablet.go("Chat");
  await tablet.say("Van de tablet");
  await dora.go("Chat");
  await messageOf(dora, "Van de tablet").getByText("Emil de Boer").waitFor();
  await emil.go("Chat");
  await messageOf(emil, "Van de tablet").getByText("Dit bericht wijzigen").waitFor();
  await inAlready(link);
}

/** Whoever opens a link to come in, in the app's own tab or anew, and is in. */
async function inAlready(deviceLink) {
  const opens = async (link, words) => {
    await emil.page.goto(link);
    await emil.page.locator("#code").waitFor();
    assert.doesNotMatch(emil.page.url(), /#\d\./);
    await emil.page.locator("#code").fill(CODE);
    await emil.press("Openen");
    await heading(emil, "U doet al mee");
    await sees(emil, words);
  };
  const goesOn = async () => {
    await emil.press("Verder");
    await heading(emil, "Zorgen in De Wilgen");
  };
  await opens(deviceLink, "Open de link op het apparaat dat u wilt toevoegen.");
  await looksRight(emil, "in already");
  await goesOn();
  await opens(await invite(), "U bent al lid van De Wilgen.");
  await goesOn();
}

/** P5, in the browser. */
async function deviceRemoved() {
  await emil.go("Instellingen");
  await follow(emil, "Uw apparaten");
  await emil.page.getByRole("button", { name: /^Verwijder apparaat/ }).click();
  await emil.press("Ja, verwijder het");
  await emil.page.getByRole("button", { name: /^Verwijder apparaat/ }).waitFor({ state: "detached" });
  await dora.go("Chat");
  await dora.say("Zonder tablet");
  await emil.go("Chat");
  await emil.page.getByRole("log").getByText("Zonder tablet").waitFor();
  assert.equal(await tablet.page.getByText("Zonder tablet").count(), 0);
}

async function deletesAccount() {
  await dora.go("Instellingen");
  await follow(dora, "Uw account verwijderen");
  await dora.page.getByLabel("Ja, verwijder alles").check();
  await dora.press("Account verwijderen");
  await sees(dora, "Een buurt heeft altijd een coördinator nodig.");
  await looksRight(dora, "deleting the account");
  await emil.go("Instellingen");
  await follow(emil, "Uw account verwijderen");
  await emil.press("Account verwijderen");
  await emil.page.getByRole("link", { name: "Kies een antwoord" }).waitFor();
  await emil.page.getByLabel("Ja, verwijder alles").check();
  await emil.press("Account verwijderen");
  await heading(emil, "Bescherm deze app");
  await dora.go("Buurt");
  await sees(dora, "1 lid");
}

try {
  await run([
    ["a neighbourhood is founded in the browser", found],
    ["and by two, on two devices", foundedTogether],
    ["a neighbour is admitted", admits],
    ["another is refused, with a reason", refuses],
    ["an invitation is revoked, another one works", revokes],
    ["rules and pinned guidance reach everybody", textsForAll],
    ["an announcement", announces],
    ["slow mode, on and off", slowMode],
    ["a member is muted, and may write again", mutes],
    ["an answer, a change and a retraction in the chat", ownMessages],
    ["a concern is changed, and shows what it said before", concernChanged],
    ["name, language and lock", settings],
    ["one's own data as a file", ownData],
    ["a coordinator is granted", grants],
    ["two coordinators change the rules", changesBoth],
    ["a keystore that was put back: an alarm, and healed by another coordinator", heals],
    ["the alarm is dismissed", dismisses],
    ["a coordinator is withdrawn", withdraws],
    ["p5_a_removed_member_is_out", removes],
    ["a second device, by links", secondDevice],
    ["p5_a_removed_device_is_out", deviceRemoved],
    ["the account is deleted, but not the last coordinator's", deletesAccount],
    ["nothing was wrong on the way", () => {
      for (const { watched } of [dora, emil, freya, tablet, eva, finn]) {
        assert.deepEqual(watched.foreign, []);
        assert.deepEqual(watched.faults.filter((fault) => !/WebSocket|ERR_|Failed to load/.test(fault)), []);
      }
    }],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
