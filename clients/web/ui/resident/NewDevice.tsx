/* A device that is new: it takes the link of one that is in, and gives a card back. */
import { useState } from "preact/hooks";

import { carriedLink, carriedText } from "../../src/client/carried.ts";
import { notLonger, required } from "../../src/form/validate.ts";
import { openedDevice } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Carry } from "../components/Carry.tsx";
import { TextField } from "../components/Fields.tsx";
import { type Faults, Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { useCommon } from "../texts.tsx";
import { NAME_MAX } from "./account.ts";
import { OwnName } from "./OwnName.tsx";
import { Wipe } from "./Wipe.tsx";

/** The card, until the page is closed: it cannot be made again. */
const given: { card: string | undefined } = { card: undefined };

/** Of who has the app on another device already. */
export function NewDevice({ onCancel }: { onCancel: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [link, setLink] = useState(openedDevice.link ?? "");
  const [name, setName] = useState("");
  const check = (): Faults => ({
    name: required(name) ?? notLonger(name, NAME_MAX),
    link: required(link) ?? (carriedText("link", link) === undefined ? { key: "form.wrong" } : undefined),
  });
  const accept = async (): Promise<void> => {
    const { card } = await client.command("device_accept", { link: carriedText("link", link)!, name: name.trim() });
    given.card = card;
    openedDevice.link = undefined;
  };
  return (
    <Page heading={text("device.heading")} footer={<Footer />}>
      <Paragraph>{text("device.intro")}</Paragraph>
      {error !== undefined && (
        <Notice kind="error" isNews>{error === "field" ? text("devices.wrong") : textOfError(error)}</Notice>
      )}
      <Form
        submit={common("page.next")}
        isBusy={isBusy}
        check={check}
        onSubmit={() => run(accept)}
        actions={<Button kind="secondary" onClick={onCancel}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <>
            <OwnName hint={text("device.nameHint")} error={errorOf("name")} value={name} onInput={setName} />
            <TextField
              id="link"
              label={text("device.link")}
              hint={text("device.linkHint")}
              error={errorOf("link")}
              value={link}
              onInput={setLink}
            />
          </>
        )}
      </Form>
    </Page>
  );
}

/** Whether this device is one of an account that began elsewhere, and whether it is in yet. */
export function useDeviceState(): "own" | "waiting" | "linked" | undefined {
  const { answer: status } = useQuestion("status", {});
  const { answer } = useQuestion("devices", {});
  if (status === undefined || answer === undefined) {
    return undefined;
  }
  if (status.account === undefined) {
    return "own";
  }
  const isIn = answer.devices.some(({ me, removed }) => me && !removed);
  return !isIn ? "waiting" : answer.devices.length > 1 ? "linked" : "own";
}

/** Until the other device has taken the card, and a coordinator's device has let this one in. */
export function Linking({ state }: { state: "waiting" | "linked" }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const { card } = given;
  const look = async (): Promise<void> => {
    await client.command("connect", {});
  };
  return (
    <Page heading={text("device.heading")} footer={<Footer />}>
      {state === "linked"
        ? <Notice kind="info" isNews>{text("device.linked")}</Notice>
        : (
          <>
            {card === undefined
              ? <Notice kind="info">{text("device.lost")}</Notice>
              : (
                <>
                  <Paragraph>{text("device.back")}</Paragraph>
                  <Carry
                    content={carriedLink("card", location.origin, card)}
                    label={text("devices.link")}
                    qr={text("device.qr")}
                    copy={text("letter.copy")}
                    copied={text("letter.copied")}
                  />
                </>
              )}
            {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
            <Actions>
              <Button isBusy={isBusy} onClick={() => run(look)}>{text("device.done")}</Button>
            </Actions>
          </>
        )}
      <Wipe />
    </Page>
  );
}
