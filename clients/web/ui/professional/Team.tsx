/* What stays in the team: notes, and who works on the case. */
import { useState } from "preact/hooks";

import type { Case } from "../../src/core/professional.ts";
import { chosen, notLonger, required } from "../../src/form/validate.ts";
import { machineTime, momentOf } from "../../src/i18n/dates.ts";
import { readsCase } from "../../src/professional/acts.ts";
import { GivenBack, KeptLine, useDraft } from "../app/drafts.tsx";
import { useAction, useClient } from "../client.tsx";
import { Select, TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { useDesk } from "./desk.tsx";
import { TEXT_MAX, useWordsOfError } from "./refusals.ts";
import { useProfessionalTexts } from "./texts.ts";

export function Notes({ current }: { current: Case }): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const { language } = useCommon();
  const { teams } = useDesk();
  if (!readsCase(current.role)) {
    return null;
  }
  const team = teams.get(current.inbox ?? "") ?? [];
  const nameOf = (account: string): string =>
    team.find((member) => member.account === account)?.name || text("row.nameless");
  return (
    <section class="kring-notes" aria-labelledby="notes-title">
      <Heading level={2} id="notes-title">{text("notes.heading")}</Heading>
      <Paragraph>{text("notes.intro")}</Paragraph>
      {current.notes.length === 0 && <Paragraph>{text("notes.none")}</Paragraph>}
      <ol class="kring-timeline">
        {current.notes.map((note) => (
          <li key={`${note.time} ${note.author} ${note.text ?? ""}`}>
            <p class="kring-timeline__head">
              <strong dir="auto">{note.author}</strong>
              {note.assigned !== undefined && ` · ${text("notes.assigned", { name: nameOf(note.assigned) })}`}
              <br />
              <time dateTime={machineTime(note.time)}>{momentOf(note.time, language)}</time>
            </p>
            {note.text !== undefined && note.text !== "" && <Written>{note.text}</Written>}
          </li>
        ))}
      </ol>
      {current.state !== "erased" && !current.distrusted && (
        <div class="kring-screen">
          <WriteNote current={current} />
          <Assign current={current} />
        </div>
      )}
    </section>
  );
}

function WriteNote({ current }: { current: Case }): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const wordsOfError = useWordsOfError();
  const { isBusy, error, run } = useAction();
  const draft = useDraft("note", { case: current.case });
  const { isReady, keeper } = draft;
  const note = draft.fields["words"] ?? "";
  const send = async (): Promise<void> => {
    await keeper.send((kept) => client.command("note", { case: current.case, text: note.trim(), kept }));
  };
  return (
    <>
      {error !== undefined && <Notice kind="error" isNews>{wordsOfError(error)}</Notice>}
      <GivenBack draft={draft} wordsOfError={wordsOfError} />
      <Form
        submit={text("notes.done")}
        isBusy={isBusy || !isReady}
        check={() => ({ note: required(note) ?? notLonger(note, TEXT_MAX) })}
        onSubmit={() => run(send)}
      >
        {(errorOf) => (
          <TextArea
            id="note"
            label={text("notes.text")}
            error={errorOf("note")}
            maxLength={TEXT_MAX}
            value={note}
            onInput={(words) => keeper.change({ words })}
          />
        )}
      </Form>
      <KeptLine draft={draft} />
    </>
  );
}

function Assign({ current }: { current: Case }): preact.JSX.Element | null {
  const client = useClient();
  const text = useProfessionalTexts();
  const wordsOfError = useWordsOfError();
  const { teams } = useDesk();
  const { isBusy, error, run } = useAction();
  const [chosenAccount, setAccount] = useState<string | undefined>();
  const team = teams.get(current.inbox ?? "") ?? [];
  const account = chosenAccount ?? current.assigned ?? "";
  const assign = async (): Promise<void> => {
    await client.command("assign", { case: current.case, account });
    setAccount(undefined);
  };
  return team.length === 0 ? null : (
    <>
      {error !== undefined && <Notice kind="error" isNews>{wordsOfError(error)}</Notice>}
      <Form
        submit={text("notes.assignDone")}
        isBusy={isBusy}
        check={() => ({ account: chosen(account) })}
        onSubmit={() => run(assign)}
      >
        {(errorOf) => (
          <Select
            id="account"
            label={text("notes.assign")}
            error={errorOf("account")}
            options={[
              ...(current.assigned === undefined ? [{ value: "", label: text("notes.nobody") }] : []),
              ...team.map((member) => ({
                value: member.account,
                label: member.me ? text("notes.me", { name: member.name }) : member.name || text("row.nameless"),
              })),
            ]}
            value={account}
            onChange={setAccount}
          />
        )}
      </Form>
    </>
  );
}
