#!/usr/bin/env node
// screenshots.mjs KRINGD [NAME ...]: pictures of every scene, or of those named, on a phone and a
// desktop, light and dark, in build/screenshots.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { DESKTOP, PHONE, launch, newContext } from "./lib/browser.mjs";
import { Relay } from "./lib/relay.mjs";
import { root } from "./lib/source.mjs";
import { scenes } from "./scenes.mjs";

const folder = join(root, "build/screenshots");
const VIEWS = [
  ["phone", { viewport: PHONE }],
  ["desktop", { viewport: DESKTOP }],
  ["dark", { viewport: PHONE, colorScheme: "dark" }],
];

const [kringd, ...names] = process.argv.slice(2);
const relay = await Relay.start(kringd);
const browser = await launch();
await mkdir(folder, { recursive: true });
for (const { name, languages, show } of scenes.filter((scene) => names.length === 0 || names.includes(scene.name))) {
  for (const locale of languages) {
    for (const [view, options] of VIEWS) {
      const { context } = await newContext(browser, relay, { ...options, locale });
      const page = await context.newPage();
      await show(page);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(folder, `${name}.${locale}.${view}.png`), fullPage: true });
      await context.close();
    }
  }
}
await browser.close();
await relay.close();
