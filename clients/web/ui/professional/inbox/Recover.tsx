/* An inbox that nobody of its team can open any more comes back with the digits on paper. */
import { useState } from "preact/hooks";

import { required } from "../../../src/form/validate.ts";
import { isInboxLink } from "../../../src/inbox/links.ts";
import { router } from "../../app/routes.ts";
import { useAction, useClient, useQuestion } from "../../client.tsx";
import { TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Paragraph } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { Digits } from "./Digits.tsx";

const DIGITS = 54;

/** What is wrong with the digits or the link, by the refusal's code. */
const WORDS = {
  check_digit: "inbox.recover.slip", recovery: "inbox.recover.other", not_found: "inbox.recover.notHere",
  link: "inbox.recover.notHere",
} as const;

export function Recover(): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { answer: status } = useQuestion("status", {});
  const { isBusy, error, run } = useAction();
  const [link, setLink] = useState("");
  const [digits, setDigits] = useState("");
  // What is on paper already stays good if the old digits had a slip.
  const [next, setNext] = useState<string | undefined>();
  const [isOnPaper, setOnPaper] = useState(false);
  const makeDigits = async (): Promise<void> => setNext((await client.command("recovery_digits", {})).recovery);
  const recover = async (recovery: string): Promise<void> => {
    const { inbox } = await client.command("inbox_recover", {
      link: link.trim(), recovery: digits.trim(), next: recovery, name: status?.name ?? "",
    });
    router.replace("inbox", { inbox, made: "recovered" });
  };
  if (next !== undefined && !isOnPaper) {
    const done = (): void => {
      setOnPaper(true);
      run(() => recover(next));
    };
    return <Digits recovery={next} own={undefined} onDone={done} />;
  }
  return (
    <Frame heading={text("inbox.recover.heading")}>
      <Notice kind="warning">{text("inbox.recover.intro")}</Notice>
      <Paragraph>{text(isOnPaper ? "inbox.recover.onPaper" : "inbox.recover.once")}</Paragraph>
      {error !== undefined && (
        <Notice kind="error" isNews>{error in WORDS ? text(WORDS[error as keyof typeof WORDS]) : textOfError(error)}</Notice>
      )}
      {isBusy && <Progress label={text("inbox.recover.working")} />}
      <Form
        submit={text("inbox.recover.done")}
        isBusy={isBusy}
        check={() => ({
          link: required(link) ?? (isInboxLink(link) ? undefined : { key: "form.wrong" }),
          digits: required(digits) ??
            (digits.replace(/\D/g, "").length === DIGITS ? undefined : { key: "form.wrong" }),
        })}
        onSubmit={() => run(() => (next === undefined ? makeDigits() : recover(next)))}
      >
        {(errorOf) => (
          <>
            <TextField
              id="link"
              label={text("inbox.recover.link")}
              hint={text("inbox.recover.linkHint")}
              error={errorOf("link")}
              value={link}
              onInput={setLink}
            />
            <TextField
              id="digits"
              isNumeric
              label={text("inbox.recover.digits")}
              hint={text("inbox.recover.digitsHint")}
              error={errorOf("digits")}
              value={digits}
              onInput={setDigits}
            />
          </>
        )}
      </Form>
    </Frame>
  );
}
