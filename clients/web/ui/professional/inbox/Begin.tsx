/* A professional's way in: who one is, and then a team that is there or a new inbox. */
import { useEffect, useRef, useState } from "preact/hooks";

import { notLonger, required } from "../../../src/form/validate.ts";
import { useOwnInboxes } from "../../app/inboxes.tsx";
import { router, type Screen } from "../../app/routes.ts";
import { codeOf, useAction, useClient } from "../../client.tsx";
import { Carry } from "../../components/Carry.tsx";
import { TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Page } from "../../components/Page.tsx";
import { Heading, Paragraph } from "../../components/Text.tsx";
import { Footer } from "../../Footer.tsx";
import { Frame, GoLink } from "../../resident/Frame.tsx";
import { makeAccount, NAME_MAX } from "../../resident/account.ts";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";

const back = (): void => (router.canGoBack ? router.back() : router.replace("home"));

/** Of who has no account yet. */
export function Name(): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [name, setName] = useState("");
  return (
    <Page heading={text("inbox.begin.heading")} onBack={back} footer={<Footer />}>
      <Paragraph>{text("inbox.begin.intro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text("inbox.begin.nameDone")}
        isBusy={isBusy}
        check={() => ({ name: required(name) ?? notLonger(name, NAME_MAX) })}
        onSubmit={() => run(() => makeAccount(client, name.trim()))}
      >
        {(errorOf) => (
          <TextField
            id="name"
            label={text("inbox.begin.name")}
            hint={text("inbox.begin.nameHint")}
            error={errorOf("name")}
            autoComplete="name"
            value={name}
            onInput={setName}
          />
        )}
      </Form>
    </Page>
  );
}

const WAYS = ["card", "new", "recover"] as const;
const screenOf = (way: (typeof WAYS)[number]): Screen => `inbox-${way}`;

/** Of who has one, and may have an inbox already. */
export function Begin(): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <Frame heading={text("inbox.begin.heading")} onBack={back}>
      <Paragraph>{text("inbox.begin.intro")}</Paragraph>
      <Heading level={2}>{text("inbox.begin.what")}</Heading>
      <Ways />
    </Frame>
  );
}

export function Ways(): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <ul class="kring-list">
      {WAYS.map((way) => (
        <li key={way}>
          <GoLink to={screenOf(way)}>{text(`inbox.begin.${way}`)}</GoLink>
          <br />
          {text(`inbox.begin.${way}Hint`)}
        </li>
      ))}
    </ul>
  );
}

/** Nobody is told when a team takes one in: it is asked again and again. */
const LOOK_MS = 5000;

/** The team that one has come into since the screen began. */
function useNewTeam(): string | undefined {
  const client = useClient();
  const inboxes = useOwnInboxes();
  const before = useRef(inboxes);
  useEffect(() => {
    const timer = setInterval(() => void client.command("connect", {}).catch(() => undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, [client]);
  return inboxes.find(({ inbox }) => before.current.every((each) => each.inbox !== inbox))?.name;
}

export function Card(): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const team = useNewTeam();
  const [card, setCard] = useState<string | undefined>();
  const [error, setError] = useState<string | undefined>();
  useEffect(() => {
    client.command("professional_card", {}).then((made) => setCard(made.card), (failure) => setError(codeOf(failure)));
  }, [client]);
  return (
    <Frame heading={text("inbox.card.heading")}>
      {team !== undefined && (
        <Notice kind="ok" isNews>
          <Paragraph>{text("inbox.card.added", { name: team })}</Paragraph>
          <GoLink to="cases">{text("inbox.card.cases")}</GoLink>
        </Notice>
      )}
      <Paragraph>{text("inbox.card.intro")}</Paragraph>
      <Paragraph>{text("inbox.card.safe")}</Paragraph>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {card !== undefined && (
        <Carry
          content={card}
          label={text("inbox.card.label")}
          qr={text("inbox.card.qr")}
          copy={text("inbox.card.copy")}
          copied={text("inbox.copied")}
        />
      )}
      <Paragraph>{text("inbox.card.wait")}</Paragraph>
    </Frame>
  );
}
