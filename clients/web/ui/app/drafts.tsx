/* Words that are not lost: what stands in a form, kept and given back. */
import { useLayoutEffect, useMemo, useState } from "preact/hooks";

import { DraftKeeper, type DraftState } from "../../src/client/drafts.ts";
import type { KeptScope } from "../../src/core/commands.ts";
import { clockOf, momentOf } from "../../src/i18n/dates.ts";
import { useClient } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { router } from "./routes.ts";
import { useAppTexts } from "./texts.ts";

export interface Draft extends DraftState {
  readonly keeper: DraftKeeper;
}

/** Of the form of this name; `words` is the field that holds the words. */
export function useDraft(name: string, scope: KeptScope, words = "words"): Draft {
  const client = useClient();
  const [state, setState] = useState<DraftState>({ isReady: false, fields: {} });
  const keeper = useMemo(
    () => new DraftKeeper(client, { name, scope, words }, () => router.route, setState),
    [client, name],
  );
  useLayoutEffect(() => {
    const save = (): void => keeper.save();
    void keeper.load();
    document.addEventListener("visibilitychange", save);
    window.addEventListener("pagehide", save);
    return () => {
      document.removeEventListener("visibilitychange", save);
      window.removeEventListener("pagehide", save);
      keeper.stop();
    };
  }, [keeper]);
  return { ...state, keeper };
}

/** "14:05", with the day if that is another. */
function useWhen(): (time: number) => string {
  const { language } = useCommon();
  return (time) => (new Date(time).toDateString() === new Date().toDateString()
    ? clockOf(time, language) : momentOf(time, language));
}

/** Above the form: these words are of before. */
export function GivenBack({ draft, wordsOfError }: {
  draft: Draft;
  /** Where a code means something else than elsewhere. */
  wordsOfError?: (code: string) => string;
}): preact.JSX.Element | null {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const when = useWhen();
  const { back, keeper } = draft;
  return back === undefined ? null : (
    <Notice kind={back.error === undefined ? "info" : "warning"} isNews>
      <Paragraph>
        {back.error === undefined
          ? text("draft.back", { when: when(back.time) })
          : `${text("draft.refused", { when: when(back.time) })} ${(wordsOfError ?? textOfError)(back.error)}`}
      </Paragraph>
      <Button kind="subtle" onClick={() => keeper.discard()}>{text("draft.discard")}</Button>
    </Notice>
  );
}

/** Below it: that it can be left. */
export function KeptLine({ draft: { kept, isUnkept } }: { draft: Draft }): preact.JSX.Element {
  const text = useAppTexts();
  const when = useWhen();
  if (isUnkept === true) {
    return <Notice kind="warning" isNews>{text("draft.unkept")}</Notice>;
  }
  // Its place is there before: what is below must not move under the finger.
  return <p class="kring-message__from">{kept === undefined ? "\u00a0" : text("draft.kept", { when: when(kept) })}</p>;
}
