import type { professional as source } from "../nl/professional.ts";
import type { Translation } from "../text.ts";
import { inbox } from "./inbox.ts";

export const professional: Translation<typeof source> = {
  ...inbox,
  "cases.heading": "Cases",
  "cases.noneOpen": "There are no open cases.",
};
