// Screens and states that nobody else is needed for: access_test.mjs looks at each. A scene brings a fresh
// page to a state; its name is that of its pictures.

/** @type {{name: string, show: (page: import("playwright-core").Page) => Promise<void>}[]} */
export const scenes = [
  {
    name: "melden-start",
    async show(page) {
      await page.goto("/melden");
    },
  },
  {
    name: "melden-geen-postbus",
    async show(page) {
      await page.goto("/melden");
      await page.locator("main .kring-actions button").first().click();
      await page.locator(".utrecht-alert").waitFor();
    },
  },
  {
    name: "melden-stappen",
    async show(page) {
      await page.goto("/melden");
      await page.locator("main .kring-actions button").last().click();
    },
  },
  {
    name: "melden-terug",
    async show(page) {
      await page.goto("/melden");
      await page.locator("main .kring-actions button").nth(1).click();
      await page.locator("form button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "toegankelijkheid",
    async show(page) {
      await page.goto("/toegankelijkheid");
    },
  },
  {
    name: "privacy",
    async show(page) {
      await page.goto("/privacy");
    },
  },
  {
    name: "uitnodiging-zonder-link",
    async show(page) {
      await page.goto("/join");
      await page.locator("#code").fill("een goede zin");
      await page.locator("button[type=submit]").click();
      await page.locator("#link").waitFor();
    },
  },
  {
    name: "app-code-kiezen",
    async show(page) {
      await page.goto("/");
      await page.locator("#code").waitFor();
    },
  },
  {
    name: "app-code-fout",
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("123");
      await page.locator("button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "app-zonder-buurt",
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("een goede zin");
      await page.locator("button[type=submit]").click();
      await page.locator("#link").waitFor();
    },
  },
  {
    name: "app-professional",
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("een goede zin");
      await page.locator("button[type=submit]").click();
      await page.locator("a[href='#inbox']").click();
      await page.locator("#name").waitFor();
    },
  },
  {
    name: "app-professional-begin",
    async show(page) {
      await page.goto("/");
      await page.locator("#code").fill("een goede zin");
      await page.locator("button[type=submit]").click();
      await page.locator("a[href='#inbox']").click();
      await page.locator("#name").fill("Wim");
      await page.locator("form button[type=submit]").click();
      await page.locator("a[href='#inbox-new']").waitFor();
    },
  },
  {
    name: "app-nieuw-apparaat",
    async show(page) {
      await begin(page, 0);
      await page.locator("#name").fill("Bram");
      await page.locator("button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "app-buurt-hoe",
    async show(page) {
      await begin(page, 1);
      await page.locator("button[type=submit]").click();
      await page.locator(".kring-errors").waitFor();
    },
  },
  {
    name: "app-buurt-beginnen",
    async show(page) {
      await begin(page, 1);
      await choose(page, 0);
      await page.locator("#place").waitFor();
    },
  },
  {
    name: "app-buurt-meebeginnen",
    async show(page) {
      await begin(page, 1);
      await choose(page, 2);
      await page.locator("#name").waitFor();
    },
  },
  {
    name: "app-buurt-cijfers",
    async show(page) {
      await begin(page, 1);
      await choose(page, 0);
      await page.locator("#place").fill("De Linden");
      await page.locator("#name").fill("Anna");
      await page.locator("button[type=submit]").click();
      await page.locator(".kring-digits").waitFor();
    },
  },
  {
    name: "app-niet-geladen",
    async show(page) {
      await page.route(/core\.worker/, (route) => route.abort());
      await page.goto("/");
      await page.locator(".utrecht-alert").waitFor();
    },
  },
];

/** How a neighbourhood begins. */
async function choose(page, way) {
  await page.locator(`#way-${way}`).check();
  await page.locator("button[type=submit]").click();
}

/** Without an invitation: which of the other ways to begin. */
async function begin(page, way) {
  await page.goto("/");
  await page.locator("#code").fill("een goede zin");
  await page.locator("button[type=submit]").click();
  await page.locator("#link").waitFor();
  await page.locator("main > .kring-actions button").nth(way).click();
}
