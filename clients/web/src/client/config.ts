/* What the operator sets, /config.json: made by kringd from its configuration, or written by hand
 * where another server serves the app. */

export interface Config {
  /** The relay's name, which clients sign. */
  readonly relay: string;
  /** Its WebSocket; the origin that serves the app if it is left out. */
  readonly url?: string;
  /** Who runs this, for people to read. */
  readonly operator?: string;
  /** Where to reach them: an address of mail or web. */
  readonly contact?: string;
  /** Links of the inboxes that the reporting page offers; one that comes from here is not pinned. */
  readonly inboxes: readonly string[];
  /** Where "leave this page" goes. */
  readonly exit?: string;
}

/** A page that anybody may have open, and that loads fast. */
export const DEFAULT_EXIT = "https://www.buienradar.nl/";

export async function fetchConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  if (!response.ok) {
    throw new Error(`config.json: ${response.status}`);
  }
  return (await response.json()) as Config;
}

export function relayUrl(config: Config, origin: string): string {
  return config.url ?? `${origin.replace(/^http/, "ws")}/kring`;
}
