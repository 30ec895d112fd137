// Somebody without a mouse: where the focus is, is where they are.
import assert from "node:assert/strict";

const STEPS_MAX = 60;

/** Tab, until what is wanted has the focus: a selector and, where several fit it, the words on it. */
export async function tabTo(page, wanted, words) {
  await page.locator(wanted, { hasText: words }).first().waitFor();
  for (let i = 0; i < STEPS_MAX; i++) {
    await page.keyboard.press("Tab");
    const isThere = await page.evaluate(([selector, text]) => {
      const { activeElement } = document;
      return activeElement.matches(selector) && (text === undefined || activeElement.textContent.trim() === text);
    }, [wanted, words]);
    if (isThere) {
      return;
    }
  }
  assert.fail(`the keyboard does not reach ${wanted} ${words ?? ""}`);
}

/** What is busy cannot be pressed yet, and says so. */
export async function press(page, wanted, words) {
  await tabTo(page, wanted, words);
  await page.waitForFunction(() => document.activeElement.ariaDisabled !== "true");
  await page.keyboard.press("Enter");
}

/** To another screen, which begins at its heading. */
export async function goTo(page, wanted, words) {
  const before = await page.locator("h1").textContent();
  await press(page, wanted, words);
  await page.waitForFunction((heading) => {
    const now = document.querySelector("h1");
    return now.textContent !== heading && document.activeElement === now;
  }, before).catch(() => assert.fail(`after ${wanted} ${words ?? ""} the focus is not at another heading than "${before}"`));
}

export async function type(page, wanted, text) {
  await tabTo(page, wanted);
  await page.keyboard.type(text);
}

/** One of several: the first is reached with Tab, the others with the arrows. */
export async function choose(page, name, index) {
  await tabTo(page, `[name=${name}]`);
  await page.keyboard.press("Space");
  for (let i = 0; i < index; i++) {
    await page.keyboard.press("ArrowDown");
  }
  assert.equal(await page.locator(`#${name}-${index}`).isChecked(), true);
}

export async function tick(page, id) {
  await tabTo(page, `#${id}`);
  await page.keyboard.press("Space");
  assert.equal(await page.locator(`#${id}`).isChecked(), true);
}

/** A form that is not filled in leads to its list of faults, and that to the field. */
export async function goesToFault(page, submit, field) {
  await press(page, submit);
  await page.waitForFunction(() => document.activeElement.matches(".kring-errors"));
  await press(page, ".kring-errors a");
  await page.waitForFunction((id) => document.activeElement.id === id, field);
}

/** The focus goes to `field` the moment that `shown` is on the screen, as by somebody quick: after `act` it must
 * be there still. */
export async function keepsFocus(page, shown, field, act) {
  await page.evaluate(([what, where]) => {
    new MutationObserver((_, observer) => {
      if (document.querySelector(what) !== null) {
        observer.disconnect();
        document.querySelector(where).focus();
      }
    }).observe(document.body, { childList: true, subtree: true });
  }, [shown, field]);
  await act();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
  assert.ok(await page.evaluate((where) => document.activeElement.matches(where), field), `${field} has the focus`);
}

/** What is in `field` the moment that `act` has brought it on the screen: whoever types at once types behind it. */
export async function firstValue(page, field, act) {
  const value = page.evaluate((where) => new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      const found = document.querySelector(where);
      if (found !== null) {
        observer.disconnect();
        resolve(found.value);
      }
    }).observe(document.body, { childList: true, subtree: true });
  }), field);
  await act();
  return value;
}
