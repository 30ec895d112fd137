/* The 20 digits: shown before anything is sent, repeated, and only then it goes. */
import { useEffect, useState } from "preact/hooks";

import { required } from "../../src/form/validate.ts";
import { Refused } from "../../src/client/remote.ts";
import { identityOf, questionOfField, signalOf } from "../../src/report/draft.ts";
import { codeOf, useAction } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import { TextField } from "../components/Fields.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";

const digitsOf = (text: string): string => text.replace(/\D/g, "");

/** Makes the receipt where there is none yet. Without a connection it is not known who reads it: it waits
 * for that. */
export function MakingReceipt(): preact.JSX.Element | null {
  const text = useReportTexts();
  const { textOfError } = useCommon();
  const { reporter, offer, receipt, setReceipt } = useSession();
  const [error, setError] = useState<string | undefined>();

  useEffect(() => {
    if (receipt === undefined && offer?.inbox !== undefined) {
      reporter().command("receipt", {}).then(setReceipt, (failure: unknown) => setError(codeOf(failure)));
    }
  }, [offer?.inbox]);

  return error !== undefined ? <Notice kind="error" isNews>{textOfError(error)}</Notice>
    : receipt === undefined ? <Progress label={text("receipt.making")} />
    : null;
}

export function Receipt(): preact.JSX.Element {
  const text = useReportTexts();
  const { router, receipt } = useSession();

  return (
    <Frame heading={text("receipt.heading")}>
      <MakingReceipt />
      {receipt !== undefined && (
        <>
          <p class="kring-receipt" dir="ltr" translate={false}>{receipt.receipt}</p>
          <Paragraph>{text("receipt.text")}</Paragraph>
          <Paragraph>{text("receipt.how")}</Paragraph>
          <Actions>
            <Button onClick={() => router.go("repeat")}>{text("receipt.next")}</Button>
            <Button kind="secondary" onClick={() => window.print()}>{text("receipt.print")}</Button>
            <CopyButton content={receipt.receipt} label={text("receipt.copy")} copied={text("receipt.copied")} />
          </Actions>
        </>
      )}
    </Frame>
  );
}

/** The reporter shows that the digits are kept. */
export function Repeat(): preact.JSX.Element {
  const text = useReportTexts();
  const { textOfError, language } = useCommon();
  const { router, reporter, draft, offer, receipt, setReceipt, setArrived } = useSession();
  const { isBusy, error, run } = useAction();
  const [code, setCode] = useState("");
  const [isWrong, setWrong] = useState(false);

  const send = async (): Promise<void> => {
    const identity = identityOf(draft);
    const vouched = identity && receipt!.vouched;
    try {
      const arrived = await reporter().command("send", {
        receipt: code,
        signal: signalOf(draft, vouched ? "community" : offer!.pinned ? "poster" : "site", language),
        ...(identity === undefined ? {} : { identity: { ...identity, ...vouched }, fallback_knows: draft.fallback_knows === "yes" }),
      });
      setArrived(arrived);
      router.replace("sent");
    } catch (failure) {
      // Nothing was sent, and the digits are good no more.
      setReceipt(undefined);
      const question = questionOfField(failure instanceof Refused ? failure.field : undefined);
      if (question !== undefined) {
        router.go("question", { id: question, change: "yes" });
      }
      throw failure;
    }
  };
  const submit = (): void => {
    const wrong = digitsOf(code) !== digitsOf(receipt!.receipt);
    setWrong(wrong);
    if (!wrong) {
      run(send);
    }
  };

  return (
    <Frame heading={text("repeat.heading")}>
      {isWrong && <Notice kind="error" isNews>{text("repeat.wrong")}</Notice>}
      {error !== undefined && (
        <>
          <Notice kind="error" isNews>{textOfError(error)}</Notice>
          <Actions>
            <Button onClick={() => router.go("check")}>{text("check.heading")}</Button>
          </Actions>
        </>
      )}
      {isBusy && <Progress label={text("sending")} />}
      {!isBusy && error === undefined && (
        <Form
          submit={text("repeat.send")}
          check={() => ({ code: required(code) })}
          onSubmit={submit}
          actions={
            <Button kind="subtle" onClick={() => router.back()}>{text("repeat.show")}</Button>
          }
        >
          {(errorOf) => (
            <TextField
              id="code"
              label={text("return.code")}
              hint={text("repeat.hint")}
              error={errorOf("code")}
              isNumeric
              value={code}
              onInput={setCode}
            />
          )}
        </Form>
      )}
    </Frame>
  );
}
