/* Professionals: the list of cases, a case, and what is done in it. B1 at most. */
import type { Catalogue } from "../text.ts";
import { inbox } from "./inbox.ts";

export const professional = {
  ...inbox,
  "cases.heading": "Zaken",
  "cases.noneOpen": "Er zijn geen open zaken.",
} as const satisfies Catalogue;
