/* Recovery digits of an inbox: shown once, and confirmed from paper. */
import { useLayoutEffect, useState } from "preact/hooks";

import type { OwnInbox } from "../../../src/core/professional.ts";
import { required } from "../../../src/form/validate.ts";
import { Actions, Button } from "../../components/Button.tsx";
import { TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Paragraph } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useProfessionalTexts } from "../texts.ts";

const THIRD = 2;

interface Props {
  readonly recovery: string;
  /** Whose they are, if that is known here. */
  readonly own: OwnInbox | undefined;
  /** They are on paper. */
  readonly onDone: () => void;
}

export function Digits({ recovery, own, onDone }: Props): preact.JSX.Element {
  const [isShown, setShown] = useState(true);
  useLayoutEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      event.preventDefault(); // the browser asks whether to leave,
      event.returnValue = ""; // the older ones by this
    };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, []);
  return isShown
    ? <Letter recovery={recovery} own={own} onNext={() => setShown(false)} />
    : <Confirmation groups={recovery.split(/\s+/)} onDone={onDone} onAgain={() => setShown(true)} />;
}

interface LetterProps {
  readonly recovery: string;
  readonly own: OwnInbox | undefined;
  readonly onNext: () => void;
}

function Letter({ recovery, own, onNext }: LetterProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <Frame heading={text("inbox.digits.heading")} isOneWay>
      <div class="kring-screen">
        <Notice kind="warning">{text("inbox.digits.once")}</Notice>
        <Paragraph>{text("inbox.digits.why")}</Paragraph>
        <Paragraph>{text("inbox.digits.how")}</Paragraph>
      </div>
      <section class="kring-letter">
        {own !== undefined && (
          <>
            <Paragraph><strong>{text("inbox.digits.of", { name: own.name })}</strong></Paragraph>
            <p class="kring-digits">{`${text("inbox.own.fingerprint")}: ${own.fingerprint}`}</p>
          </>
        )}
        <p class="kring-receipt" dir="ltr" translate={false}>{recovery}</p>
        {own !== undefined && <p class="kring-letter__link" dir="ltr">{own.link}</p>}
      </section>
      <Actions>
        <Button onClick={onNext}>{text("inbox.digits.next")}</Button>
        <Button kind="secondary" onClick={() => window.print()}>{text("inbox.print")}</Button>
      </Actions>
    </Frame>
  );
}

interface ConfirmationProps {
  readonly groups: string[];
  readonly onDone: () => void;
  readonly onAgain: () => void;
}

function Confirmation({ groups, onDone, onAgain }: ConfirmationProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  const [third, setThird] = useState("");
  const [last, setLast] = useState("");
  const [isWrong, setWrong] = useState(false);
  const submit = (): void => {
    const isRight = third.trim() === groups[THIRD] && last.trim() === groups[groups.length - 1];
    setWrong(!isRight);
    if (isRight) {
      onDone();
    }
  };
  return (
    <Frame heading={text("inbox.digits.confirmHeading")} onBack={onAgain}>
      <Paragraph>{text("inbox.digits.confirm")}</Paragraph>
      {isWrong && <Notice kind="error" isNews>{text("inbox.digits.wrong")}</Notice>}
      <Form
        submit={text("inbox.digits.done")}
        check={() => ({ third: required(third), last: required(last) })}
        onSubmit={submit}
        actions={<Button kind="subtle" onClick={onAgain}>{text("inbox.digits.again")}</Button>}
      >
        {(errorOf) => (
          <>
            <TextField
              id="third"
              isNumeric
              label={text("inbox.digits.third")}
              error={errorOf("third")}
              value={third}
              onInput={setThird}
            />
            <TextField
              id="last"
              isNumeric
              label={text("inbox.digits.last")}
              error={errorOf("last")}
              value={last}
              onInput={setLast}
            />
          </>
        )}
      </Form>
    </Frame>
  );
}
