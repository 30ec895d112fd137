/* Founding a neighbourhood, alone or with others: names, the recovery digits (shown once, and repeated), what the
 * others sign, and the operator's code. Nothing is made before the last step. */
import { useState } from "preact/hooks";

import { chosen, notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Radios, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { makeAccount, NAME_MAX } from "../resident/account.ts";
import { OwnName } from "../resident/OwnName.tsx";
import { useCommon } from "../texts.tsx";
import { Cards, type Founder, Partner, Signatures } from "./FoundTogether.tsx";

interface Prepared {
  readonly content: string;
  readonly recovery: string;
}

type Step = "digits" | "repeat" | "sign" | "grant";

const WAYS = ["alone", "together", "partner"] as const;
type Way = (typeof WAYS)[number];

const digitsOf = (text: string): string => text.replace(/\D/g, "");

export function Found({ onCancel }: { onCancel: () => void }): preact.JSX.Element {
  const [way, setWay] = useState<Way | undefined>();
  switch (way) {
    case undefined:
      return <Ways onWay={setWay} onCancel={onCancel} />;
    case "partner":
      return <Partner onCancel={onCancel} />;
    default:
      return <Steps isTogether={way === "together"} onCancel={onCancel} />;
  }
}

function Ways({ onWay, onCancel }: { onWay: (way: Way) => void; onCancel: () => void }): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const [way, setWay] = useState("");
  return (
    <Page heading={text("found.heading")} footer={<Footer />}>
      <Form
        submit={common("page.next")}
        check={() => ({ way: chosen(way) })}
        onSubmit={() => onWay(way as Way)}
        actions={<Button kind="secondary" onClick={onCancel}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <Radios
            id="way"
            label={text("found.way")}
            error={errorOf("way")}
            options={WAYS.map((each) => ({ value: each, label: text(`found.${each}`), hint: text(`found.${each}Hint`) }))}
            value={way}
            onChange={setWay}
          />
        )}
      </Form>
    </Page>
  );
}

function Steps({ isTogether, onCancel }: { isTogether: boolean; onCancel: () => void }): preact.JSX.Element {
  const client = useClient();
  const [place, setPlace] = useState<string | undefined>();
  const [founders, setFounders] = useState<readonly Founder[]>([]);
  const [prepared, setPrepared] = useState<Prepared | undefined>();
  const [signatures, setSignatures] = useState<string[]>([]);
  const [step, setStep] = useState<Step>("digits");
  const prepare = async (name: string, others: readonly Founder[]): Promise<void> => {
    const { content, recovery = "" } = await client.command("found_prepare", {
      name, cards: others.map(({ card }) => card), recovery: true,
    });
    setFounders(others);
    setPrepared({ content, recovery });
  };
  if (place === undefined) {
    const named = async (name: string): Promise<void> => {
      if (!isTogether) {
        await prepare(name, []);
      }
      setPlace(name);
    };
    return <Names onPlace={named} onCancel={onCancel} />;
  }
  if (prepared === undefined) {
    return <Cards place={place} onDone={(others) => prepare(place, others)} onBack={() => setPlace(undefined)} />;
  }
  switch (step) {
    case "digits":
      return <Digits recovery={prepared.recovery} onNext={() => setStep("repeat")} />;
    case "repeat":
      return (
        <Repeat
          recovery={prepared.recovery}
          onBack={() => setStep("digits")}
          onNext={() => setStep(isTogether ? "sign" : "grant")}
        />
      );
    case "sign":
      return (
        <Signatures
          content={prepared.content}
          founders={founders}
          onDone={(all) => {
            setSignatures(all);
            setStep("grant");
          }}
          onBack={() => setStep("repeat")}
        />
      );
    case "grant":
      return (
        <Grant
          content={prepared.content}
          signatures={signatures}
          onBack={() => setStep(isTogether ? "sign" : "repeat")}
        />
      );
  }
}

function Names({ onPlace, onCancel }: {
  onPlace: (place: string) => Promise<void>;
  onCancel: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [place, setPlace] = useState("");
  const [name, setName] = useState("");
  const begin = async (): Promise<void> => {
    await makeAccount(client, name.trim());
    await onPlace(place.trim());
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
        onSubmit={() => run(begin)}
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
            <OwnName error={errorOf("name")} value={name} onInput={setName} />
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
function Grant({ content, signatures, onBack }: {
  content: string;
  signatures: string[];
  onBack: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [grant, setGrant] = useState("");
  const found = async (): Promise<void> => {
    await client.command("found", { grant: grant.trim(), content, signatures });
  };
  return (
    <Page heading={text("found.grant")} footer={<Footer />} onBack={onBack}>
      {error !== undefined && (
        <Notice kind="error" isNews>
          {error === "signature" ? text("found.signatureWrong") : textOfError(error === "field" ? "grant" : error)}
        </Notice>
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
