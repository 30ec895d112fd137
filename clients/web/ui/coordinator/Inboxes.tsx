/* The professionals' inboxes that a neighbourhood trusts. */
import { useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { NAME_MAX } from "../resident/Join.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";

const isKey = (key: string): boolean => /^[\w-]{43}$/.test(key.trim());

export function Inboxes(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("inboxes", { community: community.community });
  const { isBusy, error, run } = useAction();
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const [added, setAdded] = useState<string | undefined>();
  const trust = async (): Promise<void> => {
    const { fingerprint } = await client.command("trust_inbox", {
      community: community.community, identity_key: key.trim(), name: name.trim(),
    });
    setAdded(fingerprint);
    setKey("");
    setName("");
  };
  const distrust = async (identity: string): Promise<void> => {
    await client.command("distrust_inbox", { community: community.community, identity_key: identity });
  };
  return (
    <Frame heading={text("inboxes.heading")}>
      <Paragraph>{text("inboxes.intro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {added !== undefined && <Notice kind="ok" isNews>{text("inboxes.added", { fingerprint: added })}</Notice>}
      {answer?.inboxes.length === 0 && <Paragraph>{text("community.noInboxes")}</Paragraph>}
      <ul class="kring-list">
        {answer?.inboxes.map((inbox) => (
          <li key={inbox.identity_key}>
            <strong dir="auto">{inbox.name}</strong>
            <br />
            <span class="kring-digits">{text("community.fingerprint", { fingerprint: inbox.fingerprint })}</span>
            <br />
            <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => distrust(inbox.identity_key))}>
              {text("inboxes.drop", { name: inbox.name })}
            </Button>
          </li>
        ))}
      </ul>
      <Form
        submit={text("inboxes.done")}
        isBusy={isBusy}
        check={() => ({
          name: required(name) ?? notLonger(name, NAME_MAX),
          key: required(key) ?? (isKey(key) ? undefined : { key: "form.wrong" }),
        })}
        onSubmit={() => run(trust)}
      >
        {(errorOf) => (
          <>
            <TextField
              id="name"
              label={text("inboxes.name")}
              hint={text("inboxes.nameHint")}
              error={errorOf("name")}
              value={name}
              onInput={setName}
            />
            <TextField
              id="key"
              label={text("inboxes.key")}
              hint={text("inboxes.keyHint")}
              error={errorOf("key")}
              value={key}
              onInput={setKey}
            />
          </>
        )}
      </Form>
    </Frame>
  );
}
