/* The account's devices, on one that is in: which there are, adding one, removing one. */
import { useEffect, useState } from "preact/hooks";

import { carriedLink, carriedText } from "../../src/client/carried.ts";
import { required } from "../../src/form/validate.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { untilKept, useAction, useClient, useQuestion, useRoute } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Carry } from "../components/Carry.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";

export function Devices(): preact.JSX.Element {
  const text = useAppTexts();
  const { params } = useRoute(router);
  return (
    <Frame heading={text("devices.heading")}>
      {params?.card === undefined ? <List /> : <Card card={params.card} />}
    </Frame>
  );
}

function List(): preact.JSX.Element {
  const text = useAppTexts();
  const { answer } = useQuestion("devices", {});
  const [removing, setRemoving] = useState<string | undefined>();
  const present = answer?.devices.filter(({ removed }) => !removed) ?? [];
  return (
    <>
      <Paragraph>{text("devices.intro")}</Paragraph>
      <ul class="kring-list">
        {present.map(({ device, me }, i) => (
          <li key={device}>
            {me ? text("devices.this") : text("devices.other", { n: i + 1 })}
            {!me && (
              <>
                <br />
                <Button kind="subtle" onClick={() => setRemoving(device)}>{text("devices.remove", { n: i + 1 })}</Button>
              </>
            )}
          </li>
        ))}
      </ul>
      {removing !== undefined && <Remove device={removing} onClose={() => setRemoving(undefined)} />}
      <Add />
    </>
  );
}

function Remove({ device, onClose }: { device: string; onClose: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  return (
    <Confirm
      heading={text("devices.removeHeading")}
      done={text("devices.removeDone")}
      isDanger
      act={() => untilKept(client, client.command("device_remove", { device }))}
      onClose={onClose}
    >
      <Paragraph>{text("devices.removeText")}</Paragraph>
    </Confirm>
  );
}

/** First the link for the new device, then the card that comes back from it. */
function Add(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [link, setLink] = useState<string | undefined>();
  const [card, setCard] = useState("");
  const begin = async (): Promise<void> => {
    const answer = await client.command("device_link", {});
    setLink(carriedLink("link", location.origin, answer.link));
  };
  return (
    <section>
      <Heading level={2}>{text("devices.add")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {link === undefined
        ? (
          <Actions>
            <Button kind="secondary" isBusy={isBusy} onClick={() => run(begin)}>{text("devices.addBegin")}</Button>
          </Actions>
        )
        : (
          <>
            <Paragraph>{text("devices.first")}</Paragraph>
            <Notice kind="warning">{text("devices.yours")}</Notice>
            <Carry
              content={link}
              label={text("devices.link")}
              qr={text("devices.qr")}
              copy={text("letter.copy")}
              copied={text("letter.copied")}
            />
            <Paragraph>{text("devices.second")}</Paragraph>
            <Form
              submit={text("devices.cardDone")}
              check={() => ({
                card: required(card) ?? (carriedText("card", card) === undefined ? { key: "form.wrong" } : undefined),
              })}
              onSubmit={() => router.go("devices", { card: carriedText("card", card)! })}
            >
              {(errorOf) => (
                <TextField
                  id="card"
                  label={text("devices.card")}
                  error={errorOf("card")}
                  value={card}
                  onInput={setCard}
                />
              )}
            </Form>
          </>
        )}
    </section>
  );
}

/** What came back: nothing is added before one says so. */
function Card({ card }: { card: string }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [isDone, setDone] = useState(false);
  useEffect(() => setDone(false), [card]);
  const add = async (): Promise<void> => {
    await client.command("device_add", { card });
    setDone(true);
  };
  if (isDone) {
    return (
      <>
        <Notice kind="ok" isNews>{text("devices.added")}</Notice>
        <Paragraph>{text("devices.addedWait")}</Paragraph>
        <Actions>
          <Button onClick={() => router.replace("settings")}>{common("page.next")}</Button>
        </Actions>
      </>
    );
  }
  return (
    <>
      {error !== undefined && (
        <Notice kind="error" isNews>
          {error === "field" || error === "device_signer" ? text("devices.wrong") : textOfError(error)}
        </Notice>
      )}
      <Notice kind="warning">{text("devices.sure")}</Notice>
      <Actions>
        <Button isBusy={isBusy} onClick={() => run(add)}>{text("devices.addDone")}</Button>
        <Button kind="secondary" onClick={() => router.replace("devices")}>{common("page.cancel")}</Button>
      </Actions>
    </>
  );
}
