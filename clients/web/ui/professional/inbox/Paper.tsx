/* The recovery digits of one's own inbox: whether there are any, until when those of before work, and new
 * ones in their place. */
import type { OwnInbox } from "../../../src/core/professional.ts";
import { dateOf } from "../../../src/i18n/dates.ts";
import { Actions, Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Heading, Paragraph } from "../../components/Text.tsx";
import { useQuestion } from "../../client.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";

/** For the whole team: who took part in making them knows, the others may have to act. */
export function FormerDigits({ own }: { own: OwnInbox }): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const { language } = useCommon();
  const until = useQuestion("inbox", { inbox: own.inbox }).answer?.former_until;
  return until === undefined || until < Date.now()
    ? null
    : <Notice kind="warning">{text("inbox.paper.former", { date: dateOf(until, language) })}</Notice>;
}

interface PaperProps {
  readonly hasDigits: boolean;
  readonly hasFormer: boolean;
  readonly isBusy: boolean;
  readonly onMake: () => void;
}

export function Paper({ hasDigits, hasFormer, isBusy, onMake }: PaperProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <section>
      <Heading level={2}>{text("inbox.paper.heading")}</Heading>
      <Paragraph>{text(hasFormer ? "inbox.paper.new" : hasDigits ? "inbox.paper.replace" : "inbox.paper.none")}</Paragraph>
      {!hasFormer && (
        <Actions>
          <Button kind="secondary" isBusy={isBusy} onClick={onMake}>{text("inbox.paper.make")}</Button>
        </Actions>
      )}
    </section>
  );
}
