/* The professionals' inboxes that a neighbourhood trusts. One is looked up by its link, and trusted only after
 * its fingerprint was compared with what the professional reads out. */
import { useEffect, useState } from "preact/hooks";

import type { Inbox } from "../../src/core/commands.ts";
import type { ReportInbox } from "../../src/core/reporter.ts";
import { chosen, required } from "../../src/form/validate.ts";
import { isInboxLink } from "../../src/inbox/links.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion, useRoute } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Checkboxes, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";

/** What was done last, to be said. */
interface Done {
  readonly what: "trusted" | "dropped";
  readonly name: string;
}

export function Inboxes(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("inboxes", { community: community.community });
  const [done, setDone] = useState<Done | undefined>();
  return (
    <Frame heading={text("inboxes.heading")}>
      <Paragraph>{text("inboxes.intro")}</Paragraph>
      {done !== undefined && <Notice kind="ok" isNews>{text(`inboxes.${done.what}`, { name: done.name })}</Notice>}
      {answer?.inboxes.length === 0 && <Paragraph>{text("community.noInboxes")}</Paragraph>}
      <ul class="kring-list">
        {answer?.inboxes.map((inbox) => <Trusted key={inbox.identity_key} inbox={inbox} onDone={setDone} />)}
      </ul>
      <Heading level={2}>{text("inboxes.add")}</Heading>
      <Trust onDone={setDone} />
    </Frame>
  );
}

interface ActProps {
  readonly onDone: (done: Done | undefined) => void;
}

function Trusted({ inbox, onDone }: ActProps & { inbox: Inbox }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const [isAsking, setAsking] = useState(false);
  const { name } = inbox;
  const drop = async (): Promise<void> => {
    onDone(undefined);
    await client.command("distrust_inbox", { community: community.community, identity_key: inbox.identity_key });
    onDone({ what: "dropped", name });
  };
  return (
    <li>
      <strong dir="auto">{name}</strong>
      <br />
      <span class="kring-digits">{text("community.fingerprint", { fingerprint: inbox.fingerprint })}</span>
      <br />
      <Button kind="subtle" onClick={() => setAsking(true)}>{text("inboxes.drop", { name })}</Button>
      {isAsking && (
        <Confirm
          heading={text("inboxes.drop", { name })}
          done={text("inboxes.drop", { name })}
          isDanger
          act={drop}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("inboxes.dropText", { name })}</Paragraph>
        </Confirm>
      )}
    </li>
  );
}

/** What is wrong with the link, by the refusal's code. */
const WORDS = { not_found: "inboxes.notHere", link: "inboxes.notHere", inbox_expired: "inboxes.expired" } as const;

/** What was looked up, whatever stands in the field by now. */
interface Found {
  readonly link: string;
  readonly inbox: ReportInbox;
}

/** By a link that is pasted, or with which the app was opened. */
function Trust({ onDone }: ActProps): preact.JSX.Element {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const opened = useRoute(router).params?.link;
  const { isBusy, error, run } = useAction();
  const [link, setLink] = useState("");
  const [found, setFound] = useState<Found | undefined>();
  const look = async (wanted: string): Promise<void> => {
    onDone(undefined);
    const { lookUp } = await import("./lookUp.ts");
    setFound({ link: wanted, inbox: await lookUp(wanted) });
  };
  useEffect(() => {
    if (opened !== undefined) {
      setLink(opened);
      run(() => look(opened));
    }
  }, [opened]);
  const end = (done: Done | undefined): void => {
    setFound(undefined);
    setLink("");
    onDone(done);
  };
  if (found !== undefined) {
    return <Compare found={found} onDone={end} />;
  }
  return (
    <>
      {error !== undefined && (
        <Notice kind="error" isNews>{error in WORDS ? text(WORDS[error as keyof typeof WORDS]) : textOfError(error)}</Notice>
      )}
      {isBusy && <Progress label={text("inboxes.looking")} />}
      <Form
        submit={text("inboxes.look")}
        isBusy={isBusy}
        check={() => ({ link: required(link) ?? (isInboxLink(link) ? undefined : { key: "form.wrong" }) })}
        onSubmit={() => run(() => look(link.trim()))}
      >
        {(errorOf) => (
          <TextField
            id="link"
            label={text("inboxes.link")}
            hint={text("inboxes.linkHint")}
            error={errorOf("link")}
            value={link}
            onInput={setLink}
          />
        )}
      </Form>
    </>
  );
}

function Compare({ found: { link, inbox }, onDone }: ActProps & { found: Found }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useAction();
  const [same, setSame] = useState<readonly string[]>([]);
  const { name } = inbox;
  const trust = async (): Promise<void> => {
    await client.command("trust_inbox", { community: community.community, link });
    onDone({ what: "trusted", name });
  };
  const cancel = <Button kind="secondary" onClick={() => onDone(undefined)}>{common("page.cancel")}</Button>;
  return (
    <section aria-live="polite">
      <Heading level={3}><span dir="auto">{name}</span></Heading>
      <Written>{inbox.about}</Written>
      {inbox.expired
        ? (
          <>
            <Notice kind="warning">{text("inboxes.expired")}</Notice>
            <Actions>{cancel}</Actions>
          </>
        )
        : (
          <>
            <Paragraph>{text("inboxes.compare")}</Paragraph>
            <p class="kring-digits kring-digits--large" dir="ltr">{inbox.fingerprint}</p>
            <Notice kind="warning">{text("inboxes.differs")}</Notice>
            {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
            <Form
              submit={text("inboxes.trust", { name })}
              isBusy={isBusy}
              check={() => ({ same: chosen(same) })}
              onSubmit={() => run(trust)}
              actions={cancel}
            >
              {(errorOf) => (
                <Checkboxes
                  id="same"
                  label={text("inboxes.same")}
                  error={errorOf("same")}
                  options={[{ value: "same", label: text("inboxes.sameYes") }]}
                  values={same}
                  onChange={setSame}
                />
              )}
            </Form>
          </>
        )}
    </section>
  );
}
