/* What waits in the outbox. */
import { momentOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { useQuestion } from "../client.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";

export function Outbox(): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { answer } = useQuestion("outbox", {});
  return (
    <Frame heading={text("outbox.heading")}>
      {answer?.ops.length === 0
        ? <Notice kind="ok">{text("outbox.none")}</Notice>
        : <Paragraph>{text("outbox.intro")}</Paragraph>}
      <ul class="kring-list">
        {answer?.ops.map(({ op, what, since, text: words }) => (
          <li key={op}>
            {text(what === "post" ? "outbox.post" : "outbox.other")}
            {" · "}
            {text("outbox.since", { when: momentOf(since, language) })}
            {words !== undefined && <Written>{words}</Written>}
          </li>
        ))}
      </ul>
    </Frame>
  );
}
