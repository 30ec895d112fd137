// A professional in a browser of their own, who gets into a team that is there. In Dutch.
import { Neighbour } from "./neighbour.mjs";

export class Professional extends Neighbour {
  static async start(browser, relay, name, options) {
    return Object.assign(new Professional(), await Neighbour.start(browser, relay, name, options));
  }

  /** A browser that has nothing yet. */
  async begin() {
    await this.page.goto("/");
    await this.createCode();
    await this.page.getByRole("link", { name: "Ik werk als professional" }).click();
    await this.page.locator("#name").fill(this.name);
    await this.press("Verder");
    await this.page.getByRole("link", { name: "Bij een team komen" }).click();
  }

  /** Into a team, whose administrator is on the command line. */
  async enterTeam(inbox) {
    const card = await this.page.getByRole("group", { name: "De tekst van uw kaart" }).textContent();
    await inbox.ask("inbox", "add", await inbox.file(`${this.name}.card`, card));
    await this.reload(); // the relay says so to who connects
    await this.page.getByRole("navigation").getByRole("link", { name: "Zaken", exact: true }).waitFor();
  }

  row(place) {
    return this.page.locator(".kring-case").filter({ hasText: place });
  }

  async openCase(place) {
    await this.row(place).getByRole("link").click();
    await this.heading(place);
  }

  heading(text) {
    return this.page.getByRole("heading", { level: 1, name: text }).waitFor();
  }

  /** To the screen of an act. */
  async act(name) {
    const button = this.page.getByRole("button", { name, exact: true });
    const more = this.page.getByRole("button", { name: "Meer mogelijkheden" });
    await button.or(more).first().waitFor();
    if (await button.count() === 0) {
      await more.click();
    }
    await button.click();
    await this.heading(name);
  }

  /** To a team by its link, which is all there is to fill in where no team is known. */
  async toLink(link) {
    const other = this.page.getByLabel("Een ander team", { exact: true });
    const field = this.page.locator("#link");
    await other.or(field).first().waitFor();
    if (await field.count() === 0) {
      await other.check();
    }
    await field.fill(link);
  }

  /** Sends what the form holds, and is back in the case. */
  async send(act) {
    await this.press("Versturen");
    await this.page.getByText(`Gedaan: ${act}`).waitFor();
  }

  async say(act, words) {
    await this.act(act);
    await this.page.locator("#words").fill(words);
    await this.send(act);
  }
}
