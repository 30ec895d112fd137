#!/usr/bin/env node
// bench.mjs KRINGD KRINGCTL KRING: how long somebody with a slow telephone waits. The page is throttled six
// times; its worker, with the cryptography, cannot be, and is not.
//   - reporting: from the page's first byte until its first screen can be operated, and from pressing its
//     button until the inbox, which the WebAssembly has verified by then, is on the screen;
//   - a message to a group of 200: from its sender's "post" until it is on the screen.
// The relay is on loopback. Release builds give the figures that count: meson setup --buildtype=release.
import { execFileSync } from "node:child_process";

import { PHONE, launch } from "./lib/browser.mjs";
import { Person } from "./lib/client.mjs";
import { Inbox } from "./lib/inbox.mjs";
import { Neighbour } from "./lib/neighbour.mjs";
import { Relay } from "./lib/relay.mjs";

const RATE = 6;
const VISITS = 10;
const MEMBERS = 200;
const MESSAGES = 20;

const [kringd, kringctl, kring] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const browser = await launch();

function say(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const [median, worst] = [sorted[sorted.length >> 1], sorted.at(-1)];
  console.log(`${what}: median ${median.toFixed(0)} ms, worst of ${sorted.length} ${worst.toFixed(0)} ms`);
}

async function throttle(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: RATE });
}

/** In the page: resolves with the time since its first byte at which `selector` is there. */
const sinceFirstByte = (page, selector) => page.evaluate((wanted) => new Promise((resolve) => {
  const { responseStart } = performance.getEntriesByType("navigation")[0];
  const look = () => document.querySelector(wanted) === null
    ? requestAnimationFrame(look)
    : resolve(performance.now() - responseStart);
  look();
}), selector);

async function reporting() {
  const inbox = await Inbox.make({ kring, kringctl }, relay, "Wijkteam");
  const first = [];
  const next = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext({ baseURL: relay.origin, viewport: PHONE });
    const page = await context.newPage();
    await throttle(page);
    await page.goto(`/melden${inbox.fragment}`, { waitUntil: "commit" });
    first.push(await sinceFirstByte(page, "main .kring-actions button"));
    const pressed = await page.evaluate(() => {
      const now = performance.now();
      document.querySelector("main .kring-actions button").click();
      return now;
    });
    await page.locator(".kring-summary").waitFor();
    next.push(await page.evaluate(() => performance.now()) - pressed);
    await context.close();
  }
  say(`reporting, processor throttled ${RATE} times: the first screen after the first byte`, first);
  say("  and the inbox after the button is pressed", next);
}

async function newPerson(name) {
  const person = await Person.start(name);
  await person.do("init", {
    url: `ws://127.0.0.1:${relay.port}/kring`, relay: relay.name, name, app: `${relay.origin}/join`,
  });
  await person.do("connect");
  return person;
}

/** A neighbourhood of one. */
async function found() {
  const anna = await newPerson("Anna");
  const { code } = JSON.parse(execFileSync(kringctl, ["--socket", relay.control, "--json", "grant", "community"]));
  const { content } = await anna.do("found_prepare", { name: "De Linden", recovery: true });
  const { signature } = await anna.do("found_sign", { content });
  const { community } = await anna.do("found", { grant: code, content, signatures: [signature] });
  await anna.until("communities", {}, ({ communities }) => communities[0]?.group !== undefined);
  return { anna, community, group: anna.ask("communities").communities[0].group };
}

async function admitNext(anna, community) {
  const { requests: [request] } = await anna.until("requests", { community }, ({ requests }) => requests.length === 1);
  await anna.do("admit", { community, account: request.account });
  anna.trace.lines = []; // what core_test.mjs needs, and nobody here
}

/** Members who have asked and closed their telephone. */
async function fillGroup(anna, community, link, members) {
  for (let i = 0; i < members; i++) {
    const person = await newPerson(`Buur ${i}`);
    await person.do("join", { link, name: person.name, check: "" });
    await admitNext(anna, community);
    await person.kill();
  }
}

async function messages() {
  const { anna, community, group } = await found();
  const { link } = await anna.do("invite", { community, uses: MEMBERS });
  await fillGroup(anna, community, link, MEMBERS - 2);
  const bram = await Neighbour.start(browser, relay, "Bram", { viewport: PHONE });
  await bram.open(link);
  await bram.askToJoin("Nummer 12");
  await admitNext(anna, community);
  await bram.page.getByRole("heading", { name: "Zorgen in De Linden" }).waitFor();
  await bram.go("Chat");
  await throttle(bram.page);
  const times = [];
  for (let i = 0; i < MESSAGES; i++) {
    const shown = bram.page.evaluate((text) => new Promise((resolve) => {
      const look = () => document.body.textContent.includes(text) ? resolve(Date.now()) : requestAnimationFrame(look);
      look();
    }), `bericht ${i}.`);
    const posted = Date.now();
    await anna.do("post", { group, kind: "chat", text: `bericht ${i}.` });
    times.push(await shown - posted);
  }
  const { members } = anna.ask("members", { community });
  say(`a message to a group of ${members.length}, processor throttled ${RATE} times: on the screen after`, times);
  await anna.kill();
}

try {
  await reporting();
  await messages();
} finally {
  await browser.close();
  await relay.close();
}
