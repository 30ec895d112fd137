/* Another inbox takes over: looked up and compared first, for it is for ever. */
import { useState } from "preact/hooks";

import type { OwnInbox } from "../../../src/core/professional.ts";
import type { ReportInbox } from "../../../src/core/reporter.ts";
import { required } from "../../../src/form/validate.ts";
import { isInboxLink } from "../../../src/inbox/links.ts";
import { useAction, useClient } from "../../client.tsx";
import { Confirm } from "../../components/Confirm.tsx";
import { TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Heading, Paragraph } from "../../components/Text.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";

/** What is wrong with the link, by the refusal's code. */
const WORDS = {
  not_found: "inbox.recover.notHere", link: "inbox.recover.notHere", inbox_expired: "inbox.move.expired",
} as const;

/** What was looked up, whatever stands in the field by now. */
interface Successor {
  readonly link: string;
  readonly inbox: ReportInbox;
}

export function Move({ own }: { own: OwnInbox }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [link, setLink] = useState("");
  const [successor, setSuccessor] = useState<Successor | undefined>();
  const look = async (): Promise<void> => {
    const wanted = link.trim();
    const { lookUp } = await import("../../coordinator/lookUp.ts");
    setSuccessor({ link: wanted, inbox: await lookUp(wanted) });
  };
  return (
    <section>
      <Heading level={2}>{text("inbox.move.heading")}</Heading>
      <Paragraph>{text("inbox.move.text")}</Paragraph>
      {error !== undefined && (
        <Notice kind="error" isNews>{error in WORDS ? text(WORDS[error as keyof typeof WORDS]) : textOfError(error)}</Notice>
      )}
      <Form
        submit={text("inbox.move.look")}
        isBusy={isBusy}
        check={() => ({
          successor: required(link) ??
            (isInboxLink(link) && link.trim() !== own.link ? undefined : { key: "form.wrong" }),
        })}
        onSubmit={() => run(look)}
      >
        {(errorOf) => (
          <TextField
            id="successor"
            label={text("inbox.move.link")}
            hint={text("inbox.move.linkHint")}
            error={errorOf("successor")}
            value={link}
            onInput={setLink}
          />
        )}
      </Form>
      {successor !== undefined && (
        <Sure own={own} successor={successor} onClose={() => setSuccessor(undefined)} />
      )}
    </section>
  );
}

function Sure({ own, successor: { link, inbox }, onClose }: {
  own: OwnInbox;
  successor: Successor;
  onClose: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const move = async (): Promise<void> => {
    await client.command("inbox_move", { inbox: own.inbox, link });
  };
  return (
    <Confirm
      heading={text("inbox.move.sure", { name: inbox.name })}
      done={text("inbox.move.done", { name: inbox.name })}
      isDanger
      act={move}
      onClose={onClose}
    >
      <Paragraph>{text("inbox.move.compare")}</Paragraph>
      <p class="kring-digits" dir="ltr">{inbox.fingerprint}</p>
      <Notice kind="warning">{text("inbox.move.forEver", { name: own.name })}</Notice>
    </Confirm>
  );
}
