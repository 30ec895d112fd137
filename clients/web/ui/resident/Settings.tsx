/* Settings: name, code, lock, own data, and what is to be looked after. */
import { useState } from "preact/hooks";

import { notLonger, notShorter, required } from "../../src/form/validate.ts";
import { SHORTEST_CODE } from "../app/code.ts";
import { useAppTexts } from "../app/texts.ts";
import { download } from "../browser.ts";
import { useAction, useClient, useQuestion, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useEdited } from "../edited.ts";
import { useCommon } from "../texts.tsx";
import { Frame, GoLink } from "./Frame.tsx";
import { NAME_MAX } from "./account.ts";
import { Wipe } from "./Wipe.tsx";

export function Settings(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  return (
    <Frame heading={text("settings.heading")}>
      <Paragraph>{text("settings.lockHint")}</Paragraph>
      <Actions>
        <Button onClick={() => void client.lock()}>{text("lock")}</Button>
      </Actions>
      <Name />
      <CodeForm />
      <Heading level={2}>{text("settings.more")}</Heading>
      <ul class="kring-list">
        <li><GoLink to="outbox">{text("settings.outbox")}</GoLink></li>
        <li><GoLink to="alarms">{text("settings.alarms")}</GoLink></li>
        <li><GoLink to="devices">{text("settings.devices")}</GoLink></li>
        <li><GoLink to="delete-account">{text("settings.delete")}</GoLink></li>
        <li><GoLink to="inbox">{text("settings.professional")}</GoLink></li>
      </ul>
      <Paragraph>{text("settings.language")}</Paragraph>
      <Paragraph>{text("settings.push")}</Paragraph>
      <Export />
      <Wipe />
    </Frame>
  );
}

function Name(): preact.JSX.Element | null {
  const { answer: status } = useQuestion("status", {});
  return status === undefined ? null : <NameForm saved={status.name ?? ""} />;
}

function NameForm({ saved }: { saved: string }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [name, setName] = useEdited(saved);
  const [isSaved, setSaved] = useState(false);
  const rename = async (): Promise<void> => {
    setSaved(false);
    await client.command("rename", { name: name.trim() });
    setSaved(true);
  };
  return (
    <section>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isSaved && <Notice kind="ok" isNews>{text("settings.saved")}</Notice>}
      <Form
        submit={text("settings.nameDone")}
        isBusy={isBusy}
        check={() => ({ name: required(name) ?? notLonger(name, NAME_MAX) })}
        onSubmit={() => run(rename)}
      >
        {(errorOf) => (
          <TextField
            id="name"
            label={text("settings.name")}
            hint={text("settings.nameHint")}
            error={errorOf("name")}
            autoComplete="name"
            value={name}
            onInput={setName}
          />
        )}
      </Form>
    </section>
  );
}

function CodeForm(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [isSaved, setSaved] = useState(false);
  const change = async (): Promise<void> => {
    setSaved(false);
    await client.changePassphrase(old, next);
    setOld("");
    setNext("");
    setSaved(true);
  };
  return (
    <section>
      <Heading level={2}>{text("settings.code")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isSaved && <Notice kind="ok" isNews>{text("settings.saved")}</Notice>}
      <Form
        submit={text("settings.codeDone")}
        isBusy={isBusy}
        check={() => ({ old: required(old), next: required(next) ?? notShorter(next, SHORTEST_CODE) })}
        onSubmit={() => run(change)}
      >
        {(errorOf) => (
          <>
            <TextField
              id="old"
              type="password"
              label={text("settings.codeOld")}
              error={errorOf("old")}
              autoComplete="current-password"
              value={old}
              onInput={setOld}
            />
            <TextField
              id="next"
              type="password"
              label={text("settings.codeNew")}
              hint={text("create.codeHint")}
              error={errorOf("next")}
              autoComplete="new-password"
              value={next}
              onInput={setNext}
            />
          </>
        )}
      </Form>
    </section>
  );
}

function Export(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const save = async (): Promise<void> => {
    download("kring.json", "application/json", JSON.stringify(await client.ask("export", {}), null, 1));
  };
  return (
    <section>
      <Heading level={2}>{text("settings.export")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Paragraph>{text("settings.exportHint")}</Paragraph>
      <Actions>
        <Button kind="secondary" isBusy={isBusy} onClick={() => run(save)}>{text("settings.exportDone")}</Button>
      </Actions>
    </section>
  );
}
