/* Everything away: from this device alone, or the account with it. */
import { useState } from "preact/hooks";

import type { Client } from "../../src/client/client.ts";
import { notifications } from "../app/notifications.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { seenNotices } from "../browser.ts";
import { useAction, useClient } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Checkboxes } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { chosen } from "../../src/form/validate.ts";
import { Frame } from "./Frame.tsx";

async function wipeDevice(client: Client): Promise<void> {
  await client.wipe();
  seenNotices.forget();
  notifications.turnOff();
  router.clear();
  location.reload();
}

export function Wipe(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [isAsking, setAsking] = useState(false);
  return (
    <section>
      <Heading level={2}>{text("settings.wipe")}</Heading>
      <Paragraph>{text("settings.wipeHint")}</Paragraph>
      <Actions>
        <Button kind="subtle" onClick={() => setAsking(true)}>{text("settings.wipe")}</Button>
      </Actions>
      {isAsking && (
        <Confirm
          heading={text("settings.wipe")}
          done={text("settings.wipeDone")}
          isDanger
          act={() => wipeDevice(client)}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("settings.wipeHint")}</Paragraph>
        </Confirm>
      )}
    </section>
  );
}

/** Out of everything, on all devices. It needs the relay, so it waits for a connection. */
export function DeleteAccount(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [sure, setSure] = useState<readonly string[]>([]);
  const end = async (): Promise<void> => {
    await client.command("delete_account", {});
    await wipeDevice(client);
  };
  return (
    <Frame heading={text("delete.heading")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Paragraph>{text("delete.text")}</Paragraph>
      <Paragraph>{text("delete.stays")}</Paragraph>
      <Notice kind="warning">{text("delete.never")}</Notice>
      {isBusy && <Progress label={text("delete.busy")} />}
      <Form
        submit={text("delete.done")}
        isBusy={isBusy}
        check={() => ({ sure: chosen(sure) })}
        onSubmit={() => run(end)}
        actions={<Button kind="secondary" onClick={() => router.back()}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <Checkboxes
            id="sure"
            label={text("acts.sure")}
            error={errorOf("sure")}
            options={[{ value: "yes", label: text("delete.sure") }]}
            values={sure}
            onChange={setSure}
          />
        )}
      </Form>
    </Frame>
  );
}
