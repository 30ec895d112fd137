/* Who one is: the account, made when it is first needed. */
import type { Client } from "../../src/client/client.ts";
import { fetchConfig, relayUrl } from "../../src/client/config.ts";

/** Of a name, in characters; the core's limit counts bytes. */
export const NAME_MAX = 40;

/** An account at this app's relay, if there is none yet. */
export async function makeAccount(client: Client, name: string): Promise<void> {
  const { account } = await client.ask("status", {}).catch(() => ({ account: undefined }));
  if (account === undefined) {
    const config = await fetchConfig();
    const { origin } = location;
    await client.command("init", { url: relayUrl(config, origin), relay: config.relay, name, app: `${origin}/join` });
  }
  await client.command("connect", {});
}
