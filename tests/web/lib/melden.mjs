// Somebody who reports, in any language: what is on the screen is found by its place, not its words. `at` is
// called on every screen with its name.

export const ANSWERS = {
  kind: 1, danger_now: 1, urgency: 1, category: 1, seen: "Ik hoor elke avond slaan.", at_risk: 0, ages: "4, 7",
  since: { 2: "2025" }, how_often: 2, weapons: 2,
  address: { street: "Lange Laan", number: "12", postcode: "1234 ab", town: "Ons Dorp" },
  who: "", tried: "", family_knows: 1,
  identity: { name: "Jan Jansen", contact: "06 12345678", fallback_knows: 1 },
  reach: 0, excluded: {},
};

/** The next screen has another heading. */
export async function next(page, press) {
  const heading = await page.locator("h1").textContent();
  await press();
  await page.waitForFunction((before) => document.querySelector("h1").textContent !== before, heading);
}

export const submit = (page) => next(page, () => page.locator("form button[type=submit]").click());
const first = (page) => page.locator("main .kring-actions button").first();

/** Which question is on the screen. */
const questionOf = (page) => page.evaluate(() => {
  const id = (document.querySelector("form fieldset") ?? document.querySelector("form input, form textarea")).id;
  return { street: "address", name: "identity", fallback_knows: "identity" }[id] ?? id;
});

async function answer(page, id, value) {
  if (typeof value === "number") {
    await page.locator(`#${id}-${value}`).check();
  } else if (typeof value === "string") {
    await page.locator(`#${id}`).fill(value);
  } else {
    for (const [field, each] of Object.entries(value)) {
      await answer(page, /^\d$/.test(field) ? `${id}-${field}` : field, each);
    }
  }
}

/** From the first screen to the one where the answers are checked. */
export async function fill(page, answers = ANSWERS, at = async () => {}) {
  await page.locator("main .kring-actions button.utrecht-button--primary-action").first().waitFor();
  await at("start");
  await next(page, () => page.locator("main .kring-actions button.utrecht-button--primary-action").first().click());
  await page.locator(".kring-summary").waitFor();
  await at("inbox");
  await next(page, () => first(page).click());
  while (await page.locator("form").count() > 0) {
    const id = await questionOf(page);
    await answer(page, id, answers[id]);
    await at(id);
    await submit(page);
  }
  await at("traces");
  await next(page, () => first(page).click());
  await at("check");
}

/** From there until it has arrived; the receipt. */
export async function send(page, at = async () => {}) {
  await next(page, () => first(page).click());
  const receipt = page.locator(".kring-receipt");
  await receipt.waitFor();
  const digits = await receipt.textContent();
  await at("receipt");
  await next(page, () => first(page).click());
  await page.locator("#code").fill(digits);
  await at("repeat");
  await submit(page);
  await page.locator(".kring-arrival").waitFor();
  await at("sent");
  return digits;
}

/** From the first screen to the case. */
export async function comeBack(page, digits, at = async () => {}) {
  await next(page, () => page.locator("main .kring-actions button.utrecht-button--secondary-action").first().click());
  await at("return");
  await page.locator("#code").fill(digits);
  await submit(page);
  await page.locator(".kring-timeline").waitFor();
  await at("case");
}
