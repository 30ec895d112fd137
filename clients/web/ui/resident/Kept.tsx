/* What waits in the outbox or was refused. */
import { writtenIn } from "../../src/client/drafts.ts";
import type { Kept } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { router, type Screen } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";

export function Outbox(): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { answer } = useQuestion("outbox", {});
  const { answer: refused } = useQuestion("kept", { refused: true });
  const isEmpty = answer?.ops.length === 0 && answer.held.length === 0;
  const entry = (what: string, since: number): string =>
    `${what} · ${text("outbox.since", { when: momentOf(since, language) })}`;
  return (
    <Frame heading={text("outbox.heading")}>
      {refused !== undefined && refused.kept.length > 0 && <RefusedTexts all={refused.kept} />}
      {isEmpty && refused?.kept.length === 0 && <Notice kind="ok">{text("outbox.none")}</Notice>}
      {!isEmpty && <Paragraph>{text("outbox.intro")}</Paragraph>}
      <ul class="kring-list">
        {answer?.held.map(({ what, since }) => <li key={`${what} ${since}`}>{entry(text("outbox.held"), since)}</li>)}
        {answer?.ops.map(({ op, what, since, text: words }) => (
          <li key={op}>
            {entry(text(what === "post" ? "outbox.post" : "outbox.other"), since)}
            {words !== undefined && <Written>{words}</Written>}
          </li>
        ))}
      </ul>
    </Frame>
  );
}

/** What the relay refused after its form was left, with the way back to it. */
function RefusedTexts({ all }: { all: readonly Kept[] }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { isBusy, error: failure, run } = useAction();
  const discard = async ({ name, community, case: id, op }: Kept): Promise<void> => {
    await client.command("keep", {
      name, text: "", ...(id === undefined ? { community } : { case: id }), ...(op === undefined ? {} : { op }),
    });
  };
  return (
    <section>
      <Heading level={2}>{text("outbox.refused")}</Heading>
      {failure !== undefined && <Notice kind="error" isNews>{textOfError(failure)}</Notice>}
      <ul class="kring-list">
        {all.map((kept) => {
          const written = writtenIn(kept.text);
          return (
            <li key={`${kept.name} ${kept.op ?? ""}`}>
              {`${momentOf(kept.time, language)} · ${textOfError(kept.error ?? "internal")}`}
              <Written>{written?.fields["words"] ?? written?.fields["text"] ?? ""}</Written>
              <Actions>
                {written !== undefined && (
                  <Button kind="secondary" onClick={() => router.go(written.at.screen as Screen, written.at.params)}>
                    {text("draft.goOn")}
                  </Button>
                )}
                <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => discard(kept))}>
                  {text("draft.discard")}
                </Button>
              </Actions>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
