/* Founding a neighbourhood alone: names, the recovery digits (shown once, and repeated), and the
 * operator's code. Nothing is made before the last step. */
import { useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { makeAccount, NAME_MAX } from "../resident/account.ts";
import { useCommon } from "../texts.tsx";

interface Prepared {
  readonly content: string;
  readonly recovery: string;
}

type Step = "digits" | "repeat" | "grant";

const digitsOf = (text: string): string => text.replace(/\D/g, "");

export function Found({ onCancel }: { onCancel: () => void }): preact.JSX.Element {
  const [prepared, setPrepared] = useState<Prepared | undefined>();
  const [step, setStep] = useState<Step>("digits");
  if (prepared === undefined) {
    return <Names onPrepared={setPrepared} onCancel={onCancel} />;
  }
  switch (step) {
    case "digits":
      return <Digits recovery={prepared.recovery} onNext={() => setStep("repeat")} />;
    case "repeat":
      return (
        <Repeat recovery={prepared.recovery} onBack={() => setStep("digits")} onNext={() => setStep("grant")} />
      );
    case "grant":
      return <Grant content={prepared.content} onBack={() => setStep("repeat")} />;
  }
}

function Names({ onPrepared, onCancel }: {
  onPrepared: (prepared: Prepared) => void;
  onCancel: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [place, setPlace] = useState("");
  const [name, setName] = useState("");
  const prepare = async (): Promise<void> => {
    await makeAccount(client, name.trim());
    const { content, recovery = "" } = await client.command("found_prepare", { name: place.trim(), recovery: true });
    onPrepared({ content, recovery });
  };
  return (
    <Page heading={text("found.heading")} footer={<Footer />}>
      <Paragraph>{text("found.intro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={common("page.next")}
        isBusy={isBusy}
        check={() => ({
          place: required(place) ?? notLonger(place, NAME_MAX),
          name: required(name) ?? notLonger(name, NAME_MAX),
        })}
        onSubmit={() => run(prepare)}
        actions={<Button kind="secondary" onClick={onCancel}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <>
            <TextField
              id="place"
              label={text("found.place")}
              hint={text("found.placeHint")}
              error={errorOf("place")}
              value={place}
              onInput={setPlace}
            />
            <TextField
              id="name"
              label={text("join.name")}
              hint={text("join.nameHint")}
              error={errorOf("name")}
              autoComplete="name"
              value={name}
              onInput={setName}
            />
          </>
        )}
      </Form>
    </Page>
  );
}

function Digits({ recovery, onNext }: { recovery: string; onNext: () => void }): preact.JSX.Element {
  const text = useAppTexts();
  return (
    <Page heading={text("found.digits")} footer={<Footer />}>
      <p class="kring-digits kring-digits--large" dir="ltr" translate={false}>{recovery}</p>
      <Paragraph>{text("found.digitsText")}</Paragraph>
      <Notice kind="warning">{text("found.digitsOnce")}</Notice>
      <Actions>
        <Button onClick={onNext}>{text("found.digitsDone")}</Button>
        <Button kind="secondary" onClick={() => window.print()}>{text("found.print")}</Button>
      </Actions>
    </Page>
  );
}

function Repeat({ recovery, onBack, onNext }: {
  recovery: string;
  onBack: () => void;
  onNext: () => void;
}): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const [digits, setDigits] = useState("");
  return (
    <Page heading={text("found.repeat")} footer={<Footer />} onBack={onBack}>
      <Form
        submit={common("page.next")}
        check={() => ({
          digits: required(digits) ?? (digitsOf(digits) === digitsOf(recovery) ? undefined : { key: "form.wrong" }),
        })}
        onSubmit={onNext}
      >
        {(errorOf) => (
          <TextField
            id="digits"
            isNumeric
            label={text("found.repeatLabel")}
            hint={text("found.repeatHint")}
            error={errorOf("digits")}
            value={digits}
            onInput={setDigits}
          />
        )}
      </Form>
    </Page>
  );
}

/** When it is done the neighbourhood is there, and its screens take the place of this one. */
function Grant({ content, onBack }: { content: string; onBack: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [grant, setGrant] = useState("");
  const found = async (): Promise<void> => {
    await client.command("found", { grant: grant.trim(), content });
  };
  return (
    <Page heading={text("found.grant")} footer={<Footer />} onBack={onBack}>
      {error !== undefined && (
        <Notice kind="error" isNews>{textOfError(error === "field" ? "grant" : error)}</Notice>
      )}
      <Form
        submit={text("found.done")}
        isBusy={isBusy}
        check={() => ({ grant: required(grant) })}
        onSubmit={() => run(found)}
      >
        {(errorOf) => (
          <TextField
            id="grant"
            label={text("found.grantLabel")}
            hint={text("found.grantHint")}
            error={errorOf("grant")}
            value={grant}
            onInput={setGrant}
          />
        )}
      </Form>
    </Page>
  );
}
