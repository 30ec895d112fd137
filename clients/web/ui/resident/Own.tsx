/* What may be done with a message by who wrote it, or by a coordinator. */
import { useState } from "preact/hooks";

import type { Message } from "../../src/core/commands.ts";
import type { PostFields, Ref } from "../../src/core/content.ts";
import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { untilKept, useClient, useSending } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Dialog } from "../components/Dialog.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { TakeDown } from "../coordinator/TakeDown.tsx";
import { useCommon } from "../texts.tsx";
import { type Place, useNeighbourhood } from "./neighbourhood.tsx";

/** Of what is written; the core's limit is 4000 bytes. */
export const TEXT_MAX = 2000;

export const isGone = (message: Message): boolean => message.retracted || message.taken_down !== undefined;

export const refOf = ({ author, event }: Ref): Ref => ({ author, event });

export function OwnOrCoordinator({ place, message }: {
  place: Place;
  message: Message;
}): preact.JSX.Element | null {
  const { community } = useNeighbourhood();
  if (isGone(message) || message.pending) {
    return null;
  }
  if (message.me) {
    return (
      <>
        <Edit place={place} message={message} />
        <Retract place={place} message={message} />
      </>
    );
  }
  const mayTakeDown = place.isCircle ? place.isAdmin : community.role === "coordinator";
  return mayTakeDown ? <TakeDown community={community.community} group={place.group} message={message} /> : null;
}

type Edited = { readonly kind: string } & Partial<PostFields[keyof PostFields]>;

/** The message with another text, and all its other fields; undefined for one without a text. */
function edited(message: Message, text: string): Edited | undefined {
  switch (message.kind) {
    case "concern": {
      const { kind, category, since, how_often: often, where } = message;
      return {
        kind, category, text,
        ...(since === undefined ? {} : { since }),
        ...(often === undefined ? {} : { how_often: often }),
        ...(where === undefined ? {} : { where }),
      };
    }
    case "comment":
      return { kind: message.kind, ref: message.ref, text };
    case "announcement":
      return { kind: message.kind, text };
    case "chat":
      return { kind: message.kind, text, ...(message.ref === undefined ? {} : { ref: message.ref }) };
    default:
      return undefined;
  }
}

function Edit({ place, message }: { place: Place; message: Message }): preact.JSX.Element | null {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [value, setValue] = useState<string | undefined>();
  const before = "text" in message ? message.text ?? "" : "";
  if (edited(message, before) === undefined) {
    return null;
  }
  const close = (): void => setValue(undefined);
  const save = async (words: string): Promise<void> => {
    await client.command("post", {
      group: place.group, kind: "edit", ref: refOf(message), kind_fields: edited(message, words)!,
    });
    close();
  };
  return (
    <>
      <Button kind="subtle" onClick={() => setValue(before)}>{text("concern.edit")}</Button>
      {value !== undefined && (
        <Dialog heading={text("concern.edit")} onCancel={close}>
          {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
          <Form
            submit={text("concern.editDone")}
            isBusy={isBusy}
            check={() => ({ edit: required(value) ?? notLonger(value, TEXT_MAX) })}
            onSubmit={() => run(() => save(value.trim()))}
            actions={<Button kind="secondary" onClick={close}>{common("page.cancel")}</Button>}
          >
            {(errorOf) => (
              <TextArea
                id="edit"
                label={text("concern.editText")}
                hint={text("concern.editHint")}
                error={errorOf("edit")}
                maxLength={TEXT_MAX}
                value={value}
                onInput={setValue}
              />
            )}
          </Form>
        </Dialog>
      )}
    </>
  );
}

function Retract({ place, message }: { place: Place; message: Message }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [isAsking, setAsking] = useState(false);
  const retract = (): Promise<void> =>
    untilKept(client, client.command("post", { group: place.group, kind: "retraction", ref: refOf(message) }));
  return (
    <>
      <Button kind="subtle" onClick={() => setAsking(true)}>{text("concern.retract")}</Button>
      {isAsking && (
        <Confirm
          heading={text("concern.retract")}
          done={text("concern.retractDone")}
          isDanger
          act={retract}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("concern.retractSure")}</Paragraph>
        </Confirm>
      )}
    </>
  );
}
