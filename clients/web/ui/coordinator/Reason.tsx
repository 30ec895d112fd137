/* Asks for the reason before something is done to somebody: it goes to them and into the log. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useSending } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Dialog } from "../components/Dialog.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { useCommon } from "../texts.tsx";

/** Characters; the core's limit is 1000 bytes. */
const REASON_MAX = 500;

interface ReasonProps {
  readonly heading: string;
  readonly hint?: string;
  readonly onClose: () => void;
  readonly act: (reason: string) => Promise<unknown>;
  /** What else is to be known or chosen. */
  readonly children?: ComponentChildren;
}

export function ReasonDialog(props: ReasonProps): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [reason, setReason] = useState("");
  const act = async (): Promise<void> => {
    await props.act(reason.trim());
    props.onClose();
  };
  return (
    <Dialog heading={props.heading} onCancel={props.onClose}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {props.children}
      <Form
        submit={props.heading}
        isBusy={isBusy}
        check={() => ({ reason: required(reason) ?? notLonger(reason, REASON_MAX) })}
        onSubmit={() => run(act)}
        actions={<Button kind="secondary" onClick={props.onClose}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <TextArea
            id="reason"
            label={text("reason.label")}
            hint={props.hint ?? text("reason.hint")}
            error={errorOf("reason")}
            maxLength={REASON_MAX}
            value={reason}
            onInput={setReason}
          />
        )}
      </Form>
    </Dialog>
  );
}
