import type { inbox as source } from "../nl/inbox.ts";
import type { Translation } from "../text.ts";

export const inbox: Translation<typeof source> = {};
