// The screens and states that are photographed by screenshots.mjs and examined by axe in every
// language that they have. A scene brings a fresh page to a state; name is the file's name.

/** @type {{name: string, languages: string[], show: (page: import("playwright-core").Page) => Promise<void>}[]} */
export const scenes = [
  {
    name: "melden-start",
    languages: ["nl", "en", "tr", "ar", "pl", "uk"],
    async show(page) {
      await page.goto("/melden");
    },
  },
  // The screens behind this need an inbox: melden_test.mjs walks through them, and takes their pictures.
  {
    name: "melden-stappen",
    languages: ["nl", "en", "tr", "ar", "pl", "uk"],
    async show(page) {
      await page.goto("/melden");
      await page.locator("main .kring-actions button").last().click();
    },
  },
  {
    name: "melden-terug",
    languages: ["nl", "en", "tr", "ar", "pl", "uk"],
    async show(page) {
      await page.goto("/melden");
      await page.locator("main .kring-actions button").nth(1).click();
      await page.locator("form button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "toegankelijkheid",
    languages: ["nl", "en"],
    async show(page) {
      await page.goto("/toegankelijkheid");
    },
  },
  {
    name: "privacy",
    languages: ["nl", "en"],
    async show(page) {
      await page.goto("/privacy");
    },
  },
  {
    name: "app-code-kiezen",
    languages: ["nl", "en"],
    async show(page) {
      await page.goto("/");
      await page.locator("#code").waitFor();
    },
  },
  {
    name: "app-code-fout",
    languages: ["nl", "en"],
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("123");
      await page.locator("button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "app-zonder-buurt",
    languages: ["nl", "en"],
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("een goede zin");
      await page.locator("button[type=submit]").click();
      await page.locator("#link").waitFor();
    },
  },
];
