// Whether everybody can use it: look.mjs at every scene of scenes.mjs and at every screen of the reporting
// path; and that path, and a resident's, by the keyboard alone. What members and professionals see is looked at
// where their tests come by it.
import assert from "node:assert/strict";

import { run } from "../interop/tap.mjs";
import { hasLeft, launch, newContext } from "./lib/browser.mjs";
import { CliPerson } from "./lib/cli.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { choose, goTo, goesToFault, press, tabTo, tick, type } from "./lib/keyboard.mjs";
import { look } from "./lib/look.mjs";
import { ANSWERS, comeBack, fill, next, send } from "./lib/melden.mjs";
import { Relay } from "./lib/relay.mjs";
import { scenes } from "./scenes.mjs";

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const wim = await Inbox.make({ kring, kringctl }, relay, "Wijkteam");
const browser = await launch();
const poster = `/melden${wim.fragment}`;

/** Runs a test in a fresh browser and asks at the end that nothing was wrong on the way. */
async function inBrowser(test) {
  const { context, watched } = await newContext(browser, relay);
  try {
    const note = await test(await context.newPage());
    assert.deepEqual(watched, { faults: [], foreign: [] });
    return note;
  } finally {
    await context.close();
  }
}

/** What is wrong here in one way each has to be found. */
function findsFaults() {
  const faulty = `<html lang="nl"><title>x</title><style>
    button { display: block }
    .over { background: #eee; height: 60px; margin-top: -50px; position: relative }
    .cut { height: 20px; overflow: hidden; width: 60px }
    .bare:focus { outline: none }
    .small { height: 10px; padding: 0; width: 10px }
    .above { margin-top: -200px }
    .wide { width: 500px }
    @keyframes turn { to { transform: rotate(1turn) } }
    .moving { animation: turn 1s infinite }
  </style><main><h1>x</h1><button>under</button><div class="over">x</div><p class="cut">words that are cut</p><div class="moving">x</div>
  <button class="bare" style="margin-top: 900px">bare</button><button class="small">x</button>
  <button class="above">above</button><div class="wide" style="color: #aaa">wide</div></main>`;
  return inBrowser(async (page) => {
    await page.setContent(faulty);
    const { message } = await look(page, "faulty").then(() => assert.fail("nothing is found"), (error) => error);
    for (const wanted of ["moves", "scrolls sideways", "is cut off", "10 × 10", "has the focus and is hidden",
      "comes after it", "does not show that it has the focus", "color-contrast", "target-size"]) {
      assert.ok(message.includes(wanted), `${wanted} is not found in ${message}`);
    }
  });
}

function scene({ name, show }) {
  return [name, () => inBrowser(async (page) => {
    await show(page);
    await page.locator("h1").waitFor();
    await look(page, name);
  })];
}

/** What build.mjs leaves out of the design system is not what makes a button red. */
function danger() {
  return inBrowser(async (page) => {
    await page.goto("/melden");
    await page.locator(".kring-exit button").waitFor();
    const [button, wanted] = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = "var(--kring-danger)";
      return [getComputedStyle(document.querySelector(".kring-exit button")).backgroundColor, getComputedStyle(probe).color];
    });
    assert.equal(button, wanted);
  });
}

/** Words that no line holds. */
const LONG = `Elke avond. ${"Hottentottententententoonstelling".repeat(4)} ${"Er wordt geschreeuwd. ".repeat(20)}`;

/** Every screen from the first one to the case. */
function reportingPath() {
  return inBrowser(async (page) => {
    const states = [];
    const at = async (state) => {
      states.push(state);
      await look(page, `melden-${state}`);
    };
    await page.goto(poster);
    await fill(page, { ...ANSWERS, kind: 2, seen: LONG }, at);
    const receipt = await send(page, at);
    await page.goto("/melden");
    await comeBack(page, receipt, at);
    await next(page, () => page.locator("main .kring-actions button").nth(1).click());
    await page.locator("form button[type=submit]").click();
    await page.locator(".kring-errors").waitFor();
    await at("act");
    return `${states.length} screens`;
  });
}

const SUBMIT = "form button[type=submit]";
const PRIMARY = "main .kring-actions button.utrecht-button--primary-action";
const SECONDARY = "main .kring-actions button.utrecht-button--secondary-action";

/** From the poster to the receipt, by keys. */
async function reportByKeys(page) {
  await page.goto(poster);
  await page.locator("h1").waitFor();
  await goTo(page, PRIMARY);
  await page.locator(".kring-summary").waitFor();
  await goTo(page, PRIMARY);
  await goesToFault(page, SUBMIT, "kind-0");
  for (const [name, index] of [["kind", 1], ["danger_now", 1], ["urgency", 2], ["category", 1]]) {
    await choose(page, name, index);
    await goTo(page, SUBMIT);
  }
  await type(page, "#seen", "Ik hoor slaan.");
  await goTo(page, SUBMIT);
  await tick(page, "at_risk-0");
  await goTo(page, SUBMIT);
  await type(page, "#ages", "4, 7");
  await goTo(page, SUBMIT);
  await type(page, "#since-2", "2025");
  await goTo(page, SUBMIT);
  for (const [name, index] of [["how_often", 2], ["weapons", 2]]) {
    await choose(page, name, index);
    await goTo(page, SUBMIT);
  }
  await type(page, "#postcode", "1234 AB");
  await goTo(page, SUBMIT);
  await goTo(page, SUBMIT); // who
  await goTo(page, SUBMIT); // what was tried
  await choose(page, "family_knows", 1);
  await goTo(page, SUBMIT);
  await choose(page, "reach", 0);
  await goTo(page, SUBMIT);
  await goTo(page, PRIMARY); // could this identify you
  await goTo(page, PRIMARY); // the answers
  const digits = await page.locator(".kring-receipt").textContent();
  await goTo(page, PRIMARY);
  await type(page, "#code", digits);
  await goTo(page, SUBMIT);
  await page.locator(".kring-arrival").waitFor();
  return digits;
}

function reportingByKeys() {
  return inBrowser(async (page) => {
    const digits = await reportByKeys(page);
    await goTo(page, SECONDARY); // forget it: the first screen
    await goTo(page, SECONDARY);
    await type(page, "#code", digits);
    await goTo(page, SUBMIT);
    await page.locator(".kring-timeline").waitFor();
    await goTo(page, PRIMARY); // say something
    await goesToFault(page, SUBMIT, "words");
    await page.keyboard.type("Vooral in het weekend.");
    await goTo(page, SUBMIT);
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Shift");
    }
    await hasLeft(page);
    const [{ case: id }] = (await wim.cases()).filter(({ kind }) => kind === "anonymous");
    const { timeline } = await wim.ask("case", id);
    assert.ok(timeline.some(({ text }) => text === "Vooral in het weekend."));
  });
}

const CODE = "een goede zin";

/** From the invitation into the neighbourhood. */
async function joinByKeys(page, anna) {
  const { link } = await anna.ask(["invite"]);
  await page.goto(link);
  await page.locator("#code").waitFor();
  await type(page, "#code", CODE);
  await goTo(page, SUBMIT);
  await goesToFault(page, SUBMIT, "name");
  await page.keyboard.type("Bram");
  await type(page, "#check", "Nummer 12");
  await goTo(page, SUBMIT);
  await anna.ask(["admit", "Bram"]);
  const concerns = page.getByRole("heading", { name: "Zorgen in De Linden" });
  await anna.syncUntil(async () => await concerns.count() > 0);
}

async function concernByKeys(page) {
  await goTo(page, "main button", "Een zorg delen");
  await choose(page, "what", 5);
  await goTo(page, SUBMIT);
  await type(page, "#text", "De gordijnen blijven dicht.");
  await goTo(page, SUBMIT);
  await goTo(page, SUBMIT); // where
  await choose(page, "since", 1);
  await goTo(page, SUBMIT);
  await choose(page, "often", 1);
  await goTo(page, SUBMIT);
  await goTo(page, "main dd button"); // change the first answer
  await goTo(page, SUBMIT);
  await goTo(page, SUBMIT);
  await page.getByText("De gordijnen blijven dicht.").waitFor();
}

/** Shift and Tab stay in it too; Escape leads back to where it was opened. */
async function dialogByKeys(page) {
  await press(page, "main button", "112 is gebeld");
  await page.locator("[role=dialog]").waitFor();
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press(key);
      assert.ok(await page.evaluate(() => document.activeElement.closest("[role=dialog]") !== null), key);
    }
  }
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.textContent === "112 is gebeld");
}

function residentByKeys() {
  return inBrowser(async (page) => {
    const anna = new CliPerson({ kring, kringctl }, relay, "Anna");
    await anna.found("De Linden");
    await joinByKeys(page, anna);
    await concernByKeys(page);
    await goTo(page, "main a", "Lees en reageer");
    await dialogByKeys(page);
    await type(page, "#comment", "Ook vandaag.");
    await press(page, SUBMIT);
    await page.getByText("Ook vandaag.").waitFor();
    await goTo(page, "nav a", "Chat");
    await type(page, "#chat", "Dag allemaal");
    await press(page, SUBMIT);
    await page.getByRole("log").getByText("Dag allemaal").waitFor();
    await goTo(page, "nav a", "Buurt");
    await goTo(page, "main button", "Bekijk de leden");
    await goTo(page, "main .kring-list a");
    await goTo(page, "main button.kring-back");
    await goTo(page, "nav a", "Instellingen");
    await goTo(page, "main button", "App op slot doen");
    await type(page, "#code", CODE);
    await goTo(page, SUBMIT);
    const read = (await anna.feed()).map(({ kind }) => kind);
    assert.deepEqual(read.filter((kind) => kind === "concern" || kind === "chat").sort(), ["chat", "concern"]);
  });
}

try {
  await run([
    ["what is wrong is found", findsFaults],
    ["what is dangerous looks so", danger],
    ...scenes.map(scene),
    ["every screen of the reporting path", reportingPath],
    ["the reporting path by the keyboard alone, and back, and out", reportingByKeys],
    ["a resident's path by the keyboard alone", residentByKeys],
  ]);
} finally {
  await browser.close();
  await relay.close();
}
