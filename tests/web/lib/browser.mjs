// Debian's chromium under playwright-core. Every context is watched: what breaks the content
// security policy, what fails in the page, and every request to another host are kept, and a test
// asks for none at its end.
import { readFile } from "node:fs/promises";

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** For what hangs: whatever comes, comes before it, on a slow machine too. */
const PATIENCE_MS = 180_000;

/** The widths that every screen is looked at in. */
export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 900 };

export const launch = (...flags) =>
  chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: [...FLAGS, ...flags],
    timeout: PATIENCE_MS });

/** Writes down what the whole browser asks of the network, its workers included, until it is closed. */
export const launchWithNetLog = (path) => launch(`--log-net-log=${path}`);

/** The URLs in that log that pages and workers asked for; what the browser asks for itself has no origin. */
export async function urlsOf(path) {
  const { constants, events } = JSON.parse(await readFile(path, "utf8"));
  const start = constants.logEventTypes.URL_REQUEST_START_JOB;
  return events.filter(({ type, params }) => type === start && params?.url !== undefined)
    .map(({ params }) => params)
    .filter(({ initiator, request_type: kind }) => initiator !== "not an origin" || kind === "main frame")
    .map(({ url }) => url);
}

/** A context of its own, as another person's browser. */
export async function newContext(browser, relay, options = {}) {
  const context = await browser.newContext({
    baseURL: relay.origin, viewport: PHONE, locale: "nl-NL", ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const watched = { faults: [], foreign: [] };
  // The next page after "leave this page" is not ours to load.
  await context.route(/^https:\/\/exit\.test\//, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>elsewhere</title>" }));
  context.on("request", (request) => {
    const url = new URL(request.url());
    const isOwn = url.host === new URL(relay.origin).host || url.protocol === "data:";
    if (!isOwn && url.host !== "exit.test") {
      watched.foreign.push(request.url());
    }
  });
  context.on("page", (page) => {
    page.on("pageerror", (error) => watched.faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") {
        watched.faults.push(`console: ${message.text()}`);
      }
    });
  });
  return { context, watched };
}

/** "Leave this page" has led to the next one. On a slow machine it sets out twice, and waitForURL would
 * complain of the first time. */
export const hasLeft = (page) => page.waitForFunction(() => location.href === "https://exit.test/");

/** Everything that a browser keeps for a page, as text to search in. */
export const storagesOf = (page) => page.evaluate(async () => {
  const databases = [];
  for (const { name } of await indexedDB.databases()) {
    databases.push(name);
  }
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    cached.push(...(await cache.keys()).map(({ url }) => url));
  }
  return {
    databases,
    cached,
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    history: history.state,
    title: document.title,
    workers: (await navigator.serviceWorker?.getRegistrations() ?? []).length,
  };
});

/** The same with everything in it: every record of every database and every file of the caches, as text. */
export const contentsOf = async (page) => ({
  ...await storagesOf(page),
  ...await page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const textOf = (value) => JSON.stringify(value, (_, each) =>
      each instanceof ArrayBuffer ? [...new Uint8Array(each)] : ArrayBuffer.isView(each) ? [...each] : each);
    const records = {};
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store);
        records[`${name}/${store}`] = textOf([await done(all.getAllKeys()), await done(all.getAll())]);
      }
      database.close();
    }
    const files = {};
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        files[request.url] = await (await cache.match(request)).text();
      }
    }
    return { records, files };
  }),
});
