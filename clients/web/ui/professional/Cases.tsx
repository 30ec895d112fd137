/* The cases of one's inboxes, the soonest clock first. */
import { useQuestion } from "../client.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useCommon } from "../texts.tsx";
import { useProfessionalTexts } from "./texts.ts";

export function Cases(): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { answer, error } = useQuestion("cases", { show: "open" });
  return (
    <Frame heading={text("cases.heading")} isWide>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {answer?.cases.length === 0 && <Paragraph>{text("cases.noneOpen")}</Paragraph>}
      <ul class="kring-list">
        {answer?.cases.map((each) => <li key={each.case}>{each.place ?? each.case.slice(0, 6)}</li>)}
      </ul>
    </Frame>
  );
}
