/* A professional's own inbox: its team, settings and notices. B1 at most. */
import type { Catalogue } from "../text.ts";

export const inbox = {} as const satisfies Catalogue;
