// What is asked of every screen and state, wherever a test comes across one: axe finds nothing against WCAG
// 2.2 A and AA; nothing scrolls sideways, also where text is spaced widely; what is operated is large enough,
// shows its focus, is not hidden while it has it, and is reached in the order in which it stands. In Dutch,
// and in Arabic where the page has it, on a phone and a desktop; with KRING_TEST_LONG in all its languages,
// light and dark, and at 320 px, which is 1280 px at 400 %. KRING_PICTURES=FOLDER keeps a picture of each.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";

import { DESKTOP, PHONE } from "./browser.mjs";
import { root } from "./source.mjs";

const isLong = process.env.KRING_TEST_LONG !== undefined;
const pictures = process.env.KRING_PICTURES;

const ZOOMED = { width: 320, height: 256 };
const EVERY_DAY = [[PHONE, "light"], [DESKTOP, "light"]];
const IN_DARK = [...EVERY_DAY, [PHONE, "dark"]];
const ALL = [PHONE, DESKTOP, ZOOMED].flatMap((size) => [[size, "light"], [size, "dark"]]);
const VIEWS = isLong ? ALL : pictures === undefined ? EVERY_DAY : IN_DARK;
const LANGUAGES = ["nl", "ar"];

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
  rules: { "target-size": { enabled: true } }, // of WCAG 2.2, and not yet in axe's own choice
  resultTypes: ["violations"],
};

/** What axe finds, one line each. It runs in the debugger's world, where the page's policy does not hold. */
async function axe(page) {
  if (!await page.evaluate(() => "axe" in globalThis)) {
    await page.evaluate(axeSource);
  }
  const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), AXE);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`));
}

/** What can be measured, one line each. In the page. */
function measure() {
  const SMALLEST = 24; // WCAG 2.5.8
  const OPERATED = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const found = [];
  const name = (element) => `${element.tagName.toLowerCase()}${element.id && `#${element.id}`}` +
    ` "${(element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 30)}"`;
  const isShown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === "visible";
  const root = document.documentElement;
  const sideways = (what) => {
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.body.querySelectorAll("*")].filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return right > root.clientWidth + 1 || left < -1;
      });
      found.push(`scrolls sideways${what}, ${wide.slice(-3).map(name).join("; ")}`);
    }
  };

  /** WCAG 1.4.12. */
  const widely = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important } p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
    sideways(" with widely spaced text");
    for (const element of document.body.querySelectorAll("a, button, label, legend, p, h1, h2, h3, li, td, th, dt, dd")) {
      const { overflowX, overflowY, position } = getComputedStyle(element);
      const isCut = (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1) ||
        (overflowY !== "visible" && element.scrollHeight > element.clientHeight + 1);
      if (position !== "absolute" && isCut) {
        found.push(`${name(element)} is cut off with widely spaced text`);
      }
    }
    document.adoptedStyleSheets = [];
  };

  const isInSentence = (element) => element.tagName === "A" && getComputedStyle(element).display === "inline" &&
    element.parentElement.textContent.trim() !== element.textContent.trim();
  const large = (element) => {
    const { width, height } = element.getBoundingClientRect();
    if ((width < SMALLEST || height < SMALLEST) && !isInSentence(element)) {
      found.push(`${name(element)} is ${width.toFixed(0)} × ${height.toFixed(0)}`);
    }
  };

  const focused = (element) => {
    document.activeElement.blur();
    const before = getComputedStyle(element).outlineStyle;
    element.focus();
    if (document.activeElement !== element) {
      found.push(`${name(element)} does not take the focus`);
      return;
    }
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    if (before !== "none" || outlineStyle === "none" || Number.parseFloat(outlineWidth) < 2) {
      found.push(`${name(element)} does not show that it has the focus`);
    }
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const on = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
    if (on === null || !(element.contains(on) || on.contains(element) || on.closest("label")?.control === element)) {
      found.push(`${name(element)} has the focus and is hidden${on === null ? "" : ` by ${name(on)}`}`);
    }
  };

  /** Who stands above another in one column comes before it. */
  const order = (operated) => {
    const inFlow = operated.filter((element) => element.closest("main, footer"));
    const boxes = inFlow.map((element) => element.getBoundingClientRect());
    for (let i = 1; i < inFlow.length; i++) {
      const [a, b] = [boxes[i - 1], boxes[i]];
      if (b.bottom <= a.top && b.left < a.right && a.left < b.right) {
        found.push(`${name(inFlow[i])} stands above ${name(inFlow[i - 1])} and comes after it`);
      }
    }
    for (const element of operated.filter(({ tabIndex }) => tabIndex > 0)) {
      found.push(`${name(element)} has an order of its own`);
    }
  };

  const dialog = document.querySelector("[aria-modal=true]") ?? document;
  const operated = [...dialog.querySelectorAll(OPERATED)].filter(isShown);
  const before = document.activeElement;
  const at = [scrollX, scrollY];
  sideways("");
  order(operated);
  operated.forEach(large);
  [...operated, ...[...operated].reverse()].forEach(focused); // with Tab, and with Shift and Tab
  document.activeElement.blur();
  before.focus({ preventScroll: true });
  scrollTo(...at);
  widely();
  return [...new Set(found)];
}

async function show(page, [viewport, colorScheme], language) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  if (await page.evaluate(() => document.documentElement.lang) !== language) {
    await page.locator("#language").selectOption(language);
    await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
  }
}

async function faultsOf(page) {
  const moving = await page.evaluate(() => document.getAnimations().length);
  const measured = await page.evaluate(measure);
  return [...(moving > 0 ? ["something moves though less motion is wanted"] : []), ...measured, ...await axe(page)];
}

/** The whole page; of a dialog what is on the screen. */
async function takePicture(page, path) {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path, fullPage: await page.locator("[aria-modal=true]").count() === 0 });
}

/** Looks at what is on the screen now, and leaves it as it was. `name` is the picture's. */
export async function look(page, name) {
  const size = page.viewportSize();
  const own = await page.evaluate(() => document.documentElement.lang);
  const has = await page.locator("#language option").evaluateAll((options) => options.map(({ value }) => value));
  const isFixed = has.length === 0 || !await page.evaluate(() => navigator.onLine); // another one is fetched
  const languages = isFixed ? [own] : has.filter((each) => isLong || LANGUAGES.includes(each));
  const remembered = languages.length > 1 ? await page.evaluate(() => localStorage.getItem("language")) : null;
  const found = [];
  await page.keyboard.press("F2"); // from now on the focus is shown, as to whoever uses the keys
  for (const language of languages) {
    for (const view of VIEWS) {
      await show(page, view, language);
      const what = `${language}.${view[0].width}${view[1] === "dark" ? ".dark" : ""}`;
      found.push(...(await faultsOf(page)).map((fault) => `${name}.${what}: ${fault}`));
      if (pictures !== undefined) {
        await takePicture(page, resolve(root, pictures, `${name}.${what}.png`));
      }
    }
  }
  await show(page, [size, null], own);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (languages.length > 1 && remembered === null) {
    await page.evaluate(() => localStorage.removeItem("language")); // the app remembers what was chosen
  }
  assert.ok(found.length === 0, found.join("\n"));
}
