/* A group's feed, a page more at a time. */
import { useState } from "preact/hooks";

import type { Message } from "../../src/core/commands.ts";
import type { Id } from "../../src/core/content.ts";
import { useQuestion } from "../client.tsx";

const PAGE = 30;

export function useFeed(group: Id, show: "concerns" | "chat"): {
  /** undefined until they are there. */
  messages: readonly Message[] | undefined;
  hasMore: boolean;
  more: () => void;
  error: string | undefined;
} {
  const [max, setMax] = useState(PAGE);
  const { answer, error } = useQuestion("feed", { group, show, max });
  return {
    messages: answer?.messages,
    hasMore: answer?.more === true,
    more: () => setMax(max + PAGE),
    error,
  };
}
