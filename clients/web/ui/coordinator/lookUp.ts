/* Who an inbox says it is, before anybody trusts it: asked as a reporter asks, over a connection of its own.
 * Loaded when it is needed. */
import { fetchConfig, relayUrl } from "../../src/client/config.ts";
import { Reporter } from "../../src/client/reporter.ts";
import type { ReportInbox } from "../../src/core/reporter.ts";
import { startWorker } from "../browser.ts";

/** Put in by build.mjs. */
declare const KRING_REPORT_WORKER: string;

export async function lookUp(link: string): Promise<ReportInbox> {
  const config = await fetchConfig();
  const reporter = startWorker(KRING_REPORT_WORKER, (worker) => new Reporter(worker));
  try {
    return await reporter.command("open", {
      url: relayUrl(config, location.origin), relay: config.relay, link, pinned: true,
    });
  } finally {
    reporter.end();
  }
}
