/* What a professional is told when an act was refused. */
import type { ActInfo } from "../../src/professional/acts.ts";
import { useCommon } from "../texts.tsx";
import { useProfessionalTexts } from "./texts.ts";

/** Characters; what goes with an event may have 4,000 bytes. */
export const TEXT_MAX = 3500;

type Wrong = "excluded" | "link" | "limit" | "full" | "date" | "state" | "right" | "distrusted" | "expired" | "unread";

/** In a case these codes mean something else than to a neighbour. */
const WRONG: { readonly [code: string]: Wrong } = {
  excluded: "excluded",
  limit: "full",
  state: "state",
  rev_past: "state",
  forbidden: "right",
  policy: "distrusted",
  inbox_expired: "expired",
  word_unread: "unread",
};

/** What is wrong is what was asked for. */
const OF_FIELD: { readonly [A in NonNullable<ActInfo["asks"]>]?: { readonly [code: string]: Wrong } } = {
  to: { link: "link", not_found: "link", encoding: "link", field: "link" },
  date: { argument: "date", field: "date", record: "date", limit: "limit" },
};

export function useWordsOfError(asks?: ActInfo["asks"]): (code: string) => string {
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  return (code) => {
    const wrong = (asks === undefined ? undefined : OF_FIELD[asks]?.[code]) ?? WRONG[code];
    return wrong === undefined ? textOfError(code) : text(`wrong.${wrong}`);
  };
}
