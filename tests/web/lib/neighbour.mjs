// Somebody in a browser of their own, by what they see and press. In Dutch.
import { newContext } from "./browser.mjs";

export const CODE = "een goede zin";

export class Neighbour {
  static async start(browser, relay, name, options) {
    const neighbour = new Neighbour();
    neighbour.name = name;
    Object.assign(neighbour, await newContext(browser, relay, options));
    neighbour.page = await neighbour.context.newPage();
    return neighbour;
  }

  press(name) {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  choose(label) {
    return this.page.getByLabel(label, { exact: true }).check();
  }

  /** To a main screen. */
  go(name) {
    return this.page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  }

  async sees(role, name) {
    return (await this.page.getByRole(role, { name }).count()) > 0;
  }

  async say(text) {
    await this.page.locator("#chat").fill(text);
    await this.press("Versturen");
    await this.page.getByRole("log").getByText(text).waitFor();
  }

  /** An invitation's link, in a browser that has no code yet. */
  async open(link) {
    await this.page.goto(link);
    await this.createCode();
    await this.page.getByRole("heading", { name: "U bent uitgenodigd" }).waitFor();
  }

  async createCode() {
    await this.page.locator("#code").fill(CODE);
    await this.press("Code bewaren");
  }

  async askToJoin(check) {
    await this.page.locator("#name").fill(this.name);
    await this.page.locator("#check").fill(check);
    await this.press("Vraag of u erbij mag");
    await this.page.getByRole("heading", { name: "Wacht op de coördinator" }).waitFor();
  }

  async enter() {
    await this.page.locator("#code").fill(CODE);
    await this.press("Openen");
    await this.page.getByRole("navigation").waitFor();
  }

  async reload() {
    await this.page.reload();
    await this.enter();
  }

  async kill() {
    await this.page.close();
  }

  async unlock() {
    this.page = await this.context.newPage();
    await this.page.goto("/");
    await this.enter();
  }
}
