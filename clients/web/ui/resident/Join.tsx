/* Coming in: an invitation, who one is, and waiting for the coordinator. */
import { useState } from "preact/hooks";

import type { Community } from "../../src/core/commands.ts";
import { notLonger, required } from "../../src/form/validate.ts";
import { openedDevice, openedLink } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Actions, Button, ButtonLink } from "../components/Button.tsx";
import { TextArea, TextField } from "../components/Fields.tsx";
import { type Faults, Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph, Written } from "../components/Text.tsx";
import { Found } from "../coordinator/Found.tsx";
import { Footer } from "../Footer.tsx";
import { useCommon } from "../texts.tsx";
import { makeAccount, NAME_MAX } from "./account.ts";
import { Linking, NewDevice, useDeviceState } from "./NewDevice.tsx";
import { GoLink } from "./Frame.tsx";
import { OwnName } from "./OwnName.tsx";

/** Characters; the core's limit counts bytes. */
const CHECK_MAX = 1000;

const isInvitation = (link: string): boolean => /^https?:\/\/[^#]+#1\.\S+$/.test(link.trim());

/** Of who is in no neighbourhood: the invitation first, then who one is. */
export function Newcomer({ onLink, onJoined }: {
  onLink: () => void;
  onJoined: () => void;
}): preact.JSX.Element {
  const [link, setLink] = useState(openedLink.link);
  const open = (pasted: string | undefined): void => {
    openedLink.link = pasted;
    setLink(pasted);
    onLink();
  };
  const joined = (): void => {
    openedLink.link = undefined;
    onJoined();
  };
  const [beginning, setBeginning] = useState<Beginning | undefined>(
    openedDevice.link === undefined ? undefined : "device");
  const state = useDeviceState();
  const cancel = (): void => setBeginning(undefined);
  if (link !== undefined) {
    return <Ask link={link} onJoined={joined} onOther={() => open(undefined)} />;
  }
  if (state === "waiting" || state === "linked") {
    return <Linking state={state} />;
  }
  switch (beginning) {
    case "device":
      return <NewDevice onCancel={cancel} />;
    case "found":
      return <Found onCancel={cancel} />;
    default:
      return <Paste onLink={open} onBegin={setBeginning} />;
  }
}

/** Without an invitation: with another device of one's own, or as the first one. */
type Beginning = "device" | "found";

function Paste({ onLink, onBegin }: {
  onLink: (link: string) => void;
  onBegin: (beginning: Beginning) => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [value, setValue] = useState("");
  const check = (): Faults => ({
    link: required(value) ?? (isInvitation(value) ? undefined : { key: "form.wrong" }),
  });
  return (
    <Page heading={text("home.heading")} footer={<Footer />}>
      <Notice kind="info">{text("home.none")}</Notice>
      <Form submit={text("join.pasteDone")} check={check} onSubmit={() => onLink(value.trim())}>
        {(errorOf) => (
          <TextField
            id="link"
            label={text("join.paste")}
            hint={text("join.pasteHint")}
            error={errorOf("link")}
            value={value}
            onInput={setValue}
          />
        )}
      </Form>
      <Actions>
        <Button kind="secondary" onClick={() => onBegin("device")}>{text("device.begin")}</Button>
        <Button kind="secondary" onClick={() => onBegin("found")}>{text("found.begin")}</Button>
        <ButtonLink kind="secondary" href="/melden">{text("home.report")}</ButtonLink>
        <Button kind="subtle" onClick={() => void client.lock()}>{text("lock")}</Button>
      </Actions>
      <Paragraph><GoLink to="inbox">{text("settings.professional")}</GoLink></Paragraph>
    </Page>
  );
}

interface AskProps {
  readonly link: string;
  readonly onJoined: () => void;
  readonly onOther: () => void;
}

function Ask(props: AskProps): preact.JSX.Element {
  const text = useAppTexts();
  const { answer: status, error } = useQuestion("status", {});
  return (
    <Page heading={text("join.heading")} footer={<Footer />}>
      <Paragraph>{text("join.intro")}</Paragraph>
      {(status !== undefined || error !== undefined) && <AskForm {...props} known={status?.name ?? ""} />}
    </Page>
  );
}

/** `known` is the name of who has an account already. */
function AskForm({ link, onJoined, onOther, known }: AskProps & { readonly known: string }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [name, setName] = useState(known);
  const [check, setCheck] = useState("");

  const faults = (): Faults => ({
    name: required(name) ?? notLonger(name, NAME_MAX),
    check: required(check) ?? notLonger(check, CHECK_MAX),
  });
  const join = async (): Promise<void> => {
    await makeAccount(client, name.trim());
    await client.command("join", { link, name: name.trim(), check: check.trim() });
    onJoined();
  };

  return (
    <>
      {error !== undefined && (
        <Notice kind="error" isNews>{error === "device_account" ? text("join.otherDevice") : textOfError(error)}</Notice>
      )}
      {isBusy && <Progress label={text("join.sending")} />}
      <Form
        submit={text("join.done")}
        isBusy={isBusy}
        check={faults}
        onSubmit={() => run(join)}
        actions={<Button kind="secondary" onClick={onOther}>{text("join.other")}</Button>}
      >
        {(errorOf) => (
          <>
            <OwnName error={errorOf("name")} value={name} onInput={setName} />
            <TextArea
              id="check"
              label={text("join.check")}
              hint={text("join.checkHint")}
              error={errorOf("check")}
              maxLength={CHECK_MAX}
              value={check}
              onInput={setCheck}
            />
          </>
        )}
      </Form>
    </>
  );
}

/** Of who opened a link to come in, and is in with this device, or waits for that. */
export function Already({ where, onNext }: {
  where: Community | "device";
  onNext: () => void;
}): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const isAsked = where !== "device" && where.role === "asked";
  return (
    <Page heading={text(isAsked ? "wait.heading" : "already.heading")} footer={<Footer />}>
      <Notice kind="info">
        {where === "device" ? text("already.device")
          : isAsked ? text("wait.asked")
          : text("already.member", { name: where.name })}
      </Notice>
      <Actions>
        <Button onClick={onNext}>{common("page.next")}</Button>
      </Actions>
    </Page>
  );
}

/** Of who asked, was refused, or is out: the state as it is. */
export function Outside({ community, onJoin }: {
  community: Community;
  onJoin: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const headings = {
    refused: text("wait.refused"),
    removed: text("wait.removed"),
    left: text("wait.left"),
  };
  const { role } = community;
  const heading = role === "refused" || role === "removed" || role === "left" ? headings[role] : text("wait.heading");
  return (
    <Page heading={heading} footer={<Footer />}>
      {role === "asked" && (
        <>
          <Notice kind="info">{text("wait.asked")}</Notice>
          <Paragraph>{text("wait.how")}</Paragraph>
          <Paragraph>{text("wait.notRead")}</Paragraph>
        </>
      )}
      {role === "refused" && (
        <>
          {community.reason !== undefined && community.reason !== "" && (
            <>
              <Paragraph>{text("wait.refusedWhy")}</Paragraph>
              <Written>{community.reason}</Written>
            </>
          )}
          <Paragraph>{text("wait.again")}</Paragraph>
        </>
      )}
      {role === "removed" && <Notice kind="info">{text("wait.removedText")}</Notice>}
      <Actions>
        {role !== "asked" && <Button onClick={onJoin}>{text("join.pasteDone")}</Button>}
        <ButtonLink kind="secondary" href="/melden">{text("home.report")}</ButtonLink>
        <Button kind="subtle" onClick={() => void client.lock()}>{text("lock")}</Button>
      </Actions>
    </Page>
  );
}
