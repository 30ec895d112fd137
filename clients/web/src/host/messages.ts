/* What a page and its worker say to each other, and what the workers of several tabs say among
 * themselves. Everything is structured-cloned. */
import type { VaultKeys } from "./vault.ts";

export type TabState =
  | "starting"
  | "empty" // no keystore yet: create comes next
  | "locked" // unlock comes next
  | "opening" // records are being loaded
  | "leading" // this tab runs the machine
  | "following" // another does, and answers for this one
  | "elsewhere" // another does, and this browser cannot let tabs talk
  | "failed"; // see error

export type Request =
  | { readonly kind: "command"; readonly command: object }
  | { readonly kind: "ask"; readonly question: object };

/** From the page. Each has an id, which its result repeats. */
export type PageMessage = { readonly id: number } & (
  | Request
  | { readonly kind: "create"; readonly passphrase: string }
  | { readonly kind: "unlock"; readonly passphrase: string }
  | { readonly kind: "change"; readonly passphrase: string; readonly next: string }
  | { readonly kind: "lock" }
  | { readonly kind: "wipe" }
);

/** To the page. */
export type WorkerMessage =
  | { readonly kind: "state"; readonly state: TabState; readonly error?: string }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "tell"; readonly tell: unknown };

/** Among tabs. `from` and `to` name a tab. */
export type TabMessage =
  | { readonly kind: "who"; readonly from: string }
  | { readonly kind: "keys"; readonly from: string; readonly keys: VaultKeys }
  | { readonly kind: "leader"; readonly from: string; readonly keys: VaultKeys }
  | { readonly kind: "request"; readonly from: string; readonly id: number; readonly request: Request }
  | { readonly kind: "response"; readonly to: string; readonly id: number; readonly result: unknown }
  | { readonly kind: "tell"; readonly tell: unknown }
  | { readonly kind: "locked" }
  | { readonly kind: "wiped" };
