/* Coming back with the digits, from any device. */
import { useEffect, useState } from "preact/hooks";

import { required } from "../../src/form/validate.ts";
import { useAction } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Form } from "../components/Form.tsx";
import { TextArea, TextField } from "../components/Fields.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, VEILIG_THUIS } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";

/** What the machine calls digits that cannot be a receipt. */
const NO_RECEIPT = ["check_digit", "field", "argument", "encoding", "text"];

/** The relay does not say whether there is a case that digits do not fit, or none. */
const UNKNOWN = ["not_found", "auth_failed"];

export function Return(): preact.JSX.Element {
  const text = useReportTexts();
  const { textOfError } = useCommon();
  const { router, renew, where, config } = useSession();
  const { isBusy, error, run } = useAction();
  const [receipt, setReceipt] = useState("");
  const [attempt, setAttempt] = useState(0);

  const open = async (): Promise<void> => {
    await renew().command("return", { ...where(), receipt });
    setReceipt("");
    router.replace("case");
  };
  const wordsOf = (code: string): string =>
    NO_RECEIPT.includes(code) ? text("repeat.wrong")
      : UNKNOWN.includes(code) ? text("return.unknown")
      : textOfError(code);

  return (
    <Frame heading={text("return.heading")}>
      {error !== undefined && <Notice kind="error" isNews>{wordsOf(error)}</Notice>}
      {isBusy && (
        <Opening
          key={attempt}
          again={() => {
            setAttempt(attempt + 1);
            run(open);
          }}
        />
      )}
      <Form
        submit={text("return.open")}
        isBusy={isBusy || config === undefined}
        check={() => ({ code: required(receipt) })}
        onSubmit={() => run(open)}
      >
        {(errorOf) => (
          <TextField
            id="code"
            label={text("return.code")}
            error={errorOf("code")}
            isNumeric
            value={receipt}
            onInput={setReceipt}
          />
        )}
      </Form>
    </Frame>
  );
}

/** Also a slow telephone has made the digits' keys by then, and read the case. */
const LONG_MS = 20_000;

/** A relay may say that there is more than it gives: then there is no end to it, and no lie to be shown. */
function Opening({ again }: { again: () => void }): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common } = useCommon();
  const { isOffline } = useSession();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <Progress label={text("return.opening")} />
      {isLong && !isOffline && (
        <>
          <Notice kind="warning" isNews>{text("return.long", { call: VEILIG_THUIS })}</Notice>
          <Actions>
            <Button kind="secondary" onClick={again}>{common("page.again")}</Button>
          </Actions>
        </>
      )}
    </>
  );
}

/** Holding the relay to what it promised when the signal arrived. */
export function Arrival(): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common, textOfError } = useCommon();
  const { reporter } = useSession();
  const { isBusy, error, run } = useAction();
  const [arrival, setArrival] = useState("");
  const [isHeld, setHeld] = useState<boolean | undefined>();
  const check = async (): Promise<void> =>
    setHeld((await reporter().command("check", { arrival: arrival.trim() })).held);
  return (
    <Frame heading={text("return.arrival")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isHeld !== undefined && (
        <Notice kind={isHeld ? "ok" : "error"} isNews>{text(isHeld ? "return.held" : "return.notHeld")}</Notice>
      )}
      <Paragraph>{text("sent.arrivalHint")}</Paragraph>
      <Form
        submit={common("page.next")}
        isBusy={isBusy}
        check={() => ({ arrival: required(arrival) })}
        onSubmit={() => run(check)}
      >
        {(errorOf) => (
          <TextArea
            id="arrival"
            label={text("return.arrivalField")}
            error={errorOf("arrival")}
            value={arrival}
            onInput={setArrival}
          />
        )}
      </Form>
    </Frame>
  );
}
