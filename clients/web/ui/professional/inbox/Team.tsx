/* The team of an inbox: who reads along, who comes and goes, and the key that changes with it. */
import { useState } from "preact/hooks";

import type { OwnInbox, TeamMember } from "../../../src/core/professional.ts";
import { required } from "../../../src/form/validate.ts";
import { nameOnCard } from "../../../src/inbox/card.ts";
import { useClient, useQuestion } from "../../client.tsx";
import { Actions, Button } from "../../components/Button.tsx";
import { Confirm } from "../../components/Confirm.tsx";
import { Checkboxes, TextArea } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Heading, Paragraph } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { Begin } from "./Begin.tsx";
import { useOwnInbox } from "./own.ts";

/** What was done last, to be said; with a new key its number. */
type Done =
  | { readonly what: "added"; readonly name: string }
  | { readonly what: "dropped"; readonly name: string; readonly number: number }
  | { readonly what: "rotated"; readonly number: number };

function useDoneWords(): (done: Done) => string {
  const text = useProfessionalTexts();
  return (done) => {
    switch (done.what) {
      case "added":
        return text("inbox.team.added", { name: done.name });
      case "dropped":
        return text("inbox.team.dropped", { name: done.name, number: done.number });
      case "rotated":
        return text("inbox.team.rotated", { number: done.number });
    }
  };
}

export function Team(): preact.JSX.Element {
  const own = useOwnInbox();
  return own === undefined ? <Begin /> : <TeamOf key={own.inbox} own={own} />;
}

function TeamOf({ own }: { own: OwnInbox }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { answer, error } = useQuestion("inbox", { inbox: own.inbox });
  const [done, setDone] = useState<Done | undefined>();
  const doneWords = useDoneWords();
  return (
    <Frame heading={text("inbox.team.heading", { name: own.name })}>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {done !== undefined && <Notice kind="ok" isNews>{doneWords(done)}</Notice>}
      <ul class="kring-list">
        {answer?.team.map((member) => (
          <Member key={member.account} own={own} member={member} onDone={setDone} />
        ))}
      </ul>
      {own.administrator && !own.moved
        ? (
          <>
            <Add own={own} onDone={setDone} />
            <Key own={own} number={answer?.sealing_number ?? 0} onDone={setDone} />
          </>
        )
        : <Paragraph>{text(own.moved ? "inbox.move.moved" : "inbox.team.notAdministrator")}</Paragraph>}
    </Frame>
  );
}

interface ActProps {
  readonly own: OwnInbox;
  readonly onDone: (done: Done) => void;
}

function Member({ own, member, onDone }: ActProps & { member: TeamMember }): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const [isAsking, setAsking] = useState(false);
  const name = member.name || text("inbox.team.nameless");
  const drop = async (): Promise<void> => {
    await client.command("inbox_drop", { inbox: own.inbox, account: member.account });
    const { sealing_number: number } = await client.ask("inbox", { inbox: own.inbox });
    onDone({ what: "dropped", name, number });
  };
  return (
    <li>
      <strong dir="auto">{member.me ? `${name} ${text("inbox.team.me")}` : name}</strong>
      <br />
      {text(member.administrator ? "inbox.own.administrator" : "inbox.own.member")}
      {own.administrator && !own.moved && !member.me && (
        <>
          <br />
          <Button kind="subtle" onClick={() => setAsking(true)}>{text("inbox.team.drop", { name })}</Button>
        </>
      )}
      {isAsking && (
        <Confirm
          heading={text("inbox.team.drop", { name })}
          done={text("inbox.team.drop", { name })}
          isDanger
          act={drop}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("inbox.team.dropText", { name })}</Paragraph>
        </Confirm>
      )}
    </li>
  );
}

/** Whose card it is, is for the administrator to know: the name on it is asked about. */
function Add({ own, onDone }: ActProps): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const [card, setCard] = useState("");
  const [rights, setRights] = useState<readonly string[]>([]);
  const [isAsking, setAsking] = useState(false);
  const name = nameOnCard(card);
  const add = async (): Promise<void> => {
    await client.command("inbox_add", {
      inbox: own.inbox, card: card.trim(), administrator: rights.includes("administrator"),
    });
    setCard("");
    setRights([]);
    onDone({ what: "added", name: name ?? "" });
  };
  return (
    <section>
      <Heading level={2}>{text("inbox.team.add")}</Heading>
      <Form
        submit={text("inbox.team.look")}
        check={() => ({ card: required(card) ?? (name === undefined ? { key: "form.wrong" } : undefined) })}
        onSubmit={() => setAsking(true)}
      >
        {(errorOf) => (
          <>
            <TextArea
              id="card"
              label={text("inbox.team.card")}
              hint={text("inbox.team.cardHint")}
              error={errorOf("card")}
              value={card}
              onInput={setCard}
            />
            <Checkboxes
              id="rights"
              label={text("inbox.team.rights")}
              options={[{ value: "administrator", label: text("inbox.team.administrator") }]}
              values={rights}
              onChange={setRights}
            />
          </>
        )}
      </Form>
      {isAsking && name !== undefined && (
        <Confirm
          heading={text("inbox.team.addSure", { name })}
          done={text("inbox.team.addDone", { name })}
          act={add}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("inbox.team.addText", { name })}</Paragraph>
        </Confirm>
      )}
    </section>
  );
}

function Key({ own, number, onDone }: ActProps & { number: number }): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const [isAsking, setAsking] = useState(false);
  const rotate = async (): Promise<void> => {
    await client.command("inbox_rotate", { inbox: own.inbox });
    const made = await client.ask("inbox", { inbox: own.inbox });
    onDone({ what: "rotated", number: made.sealing_number });
  };
  return (
    <section>
      <Heading level={2}>{text("inbox.team.key")}</Heading>
      <Paragraph>{text("inbox.team.keyText", { number })}</Paragraph>
      <Actions>
        <Button kind="secondary" onClick={() => setAsking(true)}>{text("inbox.team.rotate")}</Button>
      </Actions>
      {isAsking && (
        <Confirm
          heading={text("inbox.team.rotate")}
          done={text("inbox.team.rotate")}
          act={rotate}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("inbox.team.rotateText")}</Paragraph>
        </Confirm>
      )}
    </section>
  );
}
