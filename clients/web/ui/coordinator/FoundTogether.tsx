/* Founding a neighbourhood with others, who each sign what one of them begins: texts that people send each other.
 * TRUST.md §2. */
import { useEffect, useState } from "preact/hooks";

import { placeIn } from "../../src/client/founding.ts";
import { bytesOf } from "../../src/client/lines.ts";
import { type Fault, notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Carry } from "../components/Carry.tsx";
import { TextArea, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { makeAccount, NAME_MAX } from "../resident/account.ts";
import { OwnName } from "../resident/OwnName.tsx";
import { useCommon } from "../texts.tsx";

/** Somebody who founds, too; the name is for oneself, to know whose text it is. */
export interface Founder {
  readonly name: string;
  readonly card: string;
}

// ---- Of who begins ----

/** Whoever founds, too, is asked for a card, one after the other. */
export function Cards({ place, onDone, onBack }: {
  place: string;
  onDone: (founders: readonly Founder[]) => Promise<void>;
  onBack: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [founders, setFounders] = useState<readonly Founder[]>([]);
  const [name, setName] = useState("");
  const [card, setCard] = useState("");
  const add = async (): Promise<void> => {
    const more = [...founders, { name: name.trim(), card: card.trim() }];
    // Nothing is made by it: it says whether the cards can be used.
    await client.command("found_prepare", { name: place, cards: more.map((each) => each.card), recovery: false });
    setFounders(more);
    setName("");
    setCard("");
  };
  return (
    <Page heading={text("found.cards")} footer={<Footer />} onBack={onBack}>
      <Paragraph>{text("found.cardsText")}</Paragraph>
      <Notice kind="info">{text("found.stayOpen")}</Notice>
      {founders.length > 0 && (
        <Notice kind="ok" isNews>
          {text("found.with", { names: founders.map((each) => each.name).join(", ") })}
        </Notice>
      )}
      {error !== undefined && (
        <Notice kind="error" isNews>
          {error === "field" || error === "genesis" ? text("found.cardWrong") : textOfError(error)}
        </Notice>
      )}
      <Form
        submit={text("found.cardAdd")}
        isBusy={isBusy}
        check={() => ({ name: required(name) ?? notLonger(name, NAME_MAX), card: required(card) })}
        onSubmit={() => run(add)}
        actions={founders.length > 0 && (
          <Button kind="secondary" isBusy={isBusy} onClick={() => run(() => onDone(founders))}>
            {text("found.cardsDone")}
          </Button>
        )}
      >
        {(errorOf) => (
          <>
            <TextField
              id="name"
              label={text("found.cardOf")}
              error={errorOf("name")}
              value={name}
              onInput={setName}
            />
            <TextArea
              id="card"
              label={text("found.card")}
              hint={text("found.cardHint")}
              error={errorOf("card")}
              value={card}
              onInput={setCard}
            />
          </>
        )}
      </Form>
    </Page>
  );
}

/** clients/core/community/found.c: version, key, signature. */
const SIGNATURE_BYTES = 1 + 32 + 64;

const signatureFault = (signature: string): Fault | undefined =>
  required(signature) ?? (bytesOf(signature)?.length === SIGNATURE_BYTES ? undefined : { key: "form.wrong" });

/** What they sign, and what each sends back. */
export function Signatures({ content, founders, onDone, onBack }: {
  content: string;
  founders: readonly Founder[];
  onDone: (signatures: string[]) => void;
  onBack: () => void;
}): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const [signatures, setSignatures] = useState<readonly string[]>(() => founders.map(() => ""));
  const idOf = (i: number): string => `signature-${i + 1}`;
  return (
    <Page heading={text("found.sign")} footer={<Footer />} onBack={onBack}>
      <Paragraph>{text("found.signText")}</Paragraph>
      <Carry
        content={content}
        label={text("found.content")}
        copy={text("found.copy")}
        copied={text("found.copied")}
      />
      <Form
        submit={common("page.next")}
        check={() => Object.fromEntries(signatures.map((each, i) => [idOf(i), signatureFault(each)]))}
        onSubmit={() => onDone(signatures.map((each) => each.trim()))}
      >
        {(errorOf) =>
          founders.map(({ name }, i) => (
            <TextArea
              key={idOf(i)}
              id={idOf(i)}
              label={text("found.signatureOf", { name })}
              error={errorOf(idOf(i))}
              value={signatures[i]!}
              onInput={(value) => setSignatures(signatures.map((each, k) => (k === i ? value : each)))}
            />
          ))}
      </Form>
    </Page>
  );
}

// ---- Of who founds, too ----

/** The neighbourhood's screens take the place of this one once it is there. */
export function Partner({ onCancel }: { onCancel: () => void }): preact.JSX.Element {
  const [card, setCard] = useState<string | undefined>();
  return card === undefined
    ? <PartnerName onCard={setCard} onCancel={onCancel} />
    : <PartnerSigns card={card} />;
}

function PartnerName({ onCard, onCancel }: {
  onCard: (card: string) => void;
  onCancel: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [name, setName] = useState("");
  const begin = async (): Promise<void> => {
    await makeAccount(client, name.trim());
    onCard((await client.command("founder_card", {})).card);
  };
  return (
    <Page heading={text("found.partner")} footer={<Footer />}>
      <Paragraph>{text("found.partnerIntro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={common("page.next")}
        isBusy={isBusy}
        check={() => ({ name: required(name) ?? notLonger(name, NAME_MAX) })}
        onSubmit={() => run(begin)}
        actions={<Button kind="secondary" onClick={onCancel}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <OwnName error={errorOf("name")} value={name} onInput={setName} />
        )}
      </Form>
    </Page>
  );
}

function PartnerSigns({ card }: { card: string }): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const [value, setValue] = useState("");
  const [content, setContent] = useState<string | undefined>();
  return (
    <Page heading={text("found.partner")} footer={<Footer />}>
      <Heading level={2}>{text("found.partnerFirst")}</Heading>
      <Paragraph>{text("found.partnerCard")}</Paragraph>
      <Carry content={card} label={text("found.ownCard")} copy={text("found.copy")} copied={text("found.copied")} />
      <Heading level={2}>{text("found.partnerSecond")}</Heading>
      {content === undefined
        ? (
          <Form
            submit={common("page.next")}
            check={() => ({
              content: required(value) ?? (placeIn(value) === undefined ? { key: "form.wrong" } : undefined),
            })}
            onSubmit={() => setContent(value.trim())}
          >
            {(errorOf) => (
              <TextArea
                id="content"
                label={text("found.partnerContent")}
                error={errorOf("content")}
                value={value}
                onInput={setValue}
              />
            )}
          </Form>
        )
        : <Sign content={content} onOther={() => setContent(undefined)} />}
    </Page>
  );
}

/** Nobody is told that a neighbourhood was founded: it is asked again and again. */
const LOOK_MS = 5000;

/** First what one signs is said. */
function Sign({ content, onOther }: { content: string; onOther: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [signature, setSignature] = useState<string | undefined>();
  const sign = async (): Promise<void> => {
    setSignature((await client.command("found_sign", { content })).signature);
  };
  useEffect(() => {
    if (signature === undefined) {
      return undefined;
    }
    const timer = setInterval(() => void client.command("connect", {}).catch(() => undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, [client, signature]);
  return signature === undefined
    ? (
      <>
        {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
        <Notice kind="info" isNews>{text("found.partnerSure", { place: placeIn(content) ?? "" })}</Notice>
        <Actions>
          <Button isBusy={isBusy} onClick={() => run(sign)}>{text("found.partnerSign")}</Button>
          <Button kind="secondary" onClick={onOther}>{common("page.cancel")}</Button>
        </Actions>
      </>
    )
    : (
      <>
        <Notice kind="ok" isNews>{text("found.partnerSigned")}</Notice>
        <Carry
          content={signature}
          label={text("found.signature")}
          copy={text("found.copy")}
          copied={text("found.copied")}
        />
        <Paragraph>{text("found.partnerWait")}</Paragraph>
      </>
    );
}
