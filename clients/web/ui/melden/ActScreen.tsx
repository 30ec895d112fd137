/* Saying something in one's own case. */
import { useState } from "preact/hooks";

import { chosen, notLonger, required } from "../../src/form/validate.ts";
import type { Urgency } from "../../src/core/professional.ts";
import type { ReportCase } from "../../src/core/reporter.ts";
import { useAction } from "../client.tsx";
import { Emergency } from "../components/Emergency.tsx";
import { type Faults, Form } from "../components/Form.tsx";
import { Radios, TextArea } from "../components/Fields.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { type Act, useCase } from "./Case.tsx";
import { Frame } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { wordsOfParty } from "./words.ts";

const URGENCIES: readonly Urgency[] = ["danger_now", "today", "this_week", "no_hurry"];
const MAX_TEXT = 4000;

/** To reopen any will do; "worse" is more than it was. */
const urgenciesOf = (act: Act, current: ReportCase | undefined): readonly Urgency[] =>
  (act === "worse" ? URGENCIES.slice(0, Math.max(1, URGENCIES.indexOf(current?.urgency ?? "no_hurry"))) : URGENCIES);

export function ActScreen({ act }: { act: Act }): preact.JSX.Element {
  const text = useReportTexts();
  const { textOfError } = useCommon();
  const { reporter, router } = useSession();
  const { isBusy, error, run } = useAction();
  const { answer: current } = useCase();
  const [words, setWords] = useState("");
  const [urgency, setUrgency] = useState("");
  const [inbox, setInbox] = useState("");

  const hasUrgency = act === "worse" || act === "goes_on";
  const hasWords = hasUrgency || act === "answer" || act === "withdraw";
  const parties = (current?.parties ?? []).filter((party) => !party.consented && party.role !== "former");

  const check = (): Faults => ({
    urgency: hasUrgency ? chosen(urgency) : undefined,
    words: (act === "answer" ? required(words) : undefined) ?? notLonger(words, MAX_TEXT),
    inbox: act === "consent" ? chosen(inbox) : undefined,
  });
  const perform = async (): Promise<void> => {
    const said = words.trim() === "" ? {} : { text: words.trim() };
    switch (act) {
      case "answer":
        await reporter().command("answer", { text: words.trim() });
        break;
      case "worse":
      case "goes_on":
        await reporter().command(act, { urgency: urgency as Urgency, ...said });
        break;
      case "withdraw":
        await reporter().command("withdraw", said);
        break;
      case "consent":
        await reporter().command("consent", { inbox });
        break;
      case "erase":
        await reporter().command("erase", {});
        break;
    }
    router.replace("case", { done: act });
  };

  return (
    <Frame heading={text(`act.${act}`)}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {(act === "withdraw" || act === "consent" || act === "erase") && (
        <Paragraph>{text(`act.${act}.text`)}</Paragraph>
      )}
      <Form
        submit={act === "erase" ? text("act.erase") : text("act.send")}
        isBusy={isBusy}
        check={check}
        onSubmit={() => run(perform)}
      >
        {(errorOf) => (
          <>
            {hasUrgency && (
              <Radios
                id="urgency"
                label={text("q.urgency")}
                error={errorOf("urgency")}
                options={urgenciesOf(act, current).map((value) => ({ value, label: text(`urgency.${value}`) }))}
                value={urgency}
                onChange={setUrgency}
              />
            )}
            {urgency === "danger_now" && <Emergency />}
            {hasWords && (
              <TextArea
                id="words"
                label={text("act.text")}
                error={errorOf("words")}
                maxLength={MAX_TEXT}
                value={words}
                onInput={setWords}
              />
            )}
            {act === "consent" && (
              <Radios
                id="inbox"
                label={text("act.consent.who")}
                error={errorOf("inbox")}
                options={parties.map((party) => ({ value: party.inbox, label: wordsOfParty(text, party) }))}
                value={inbox}
                onChange={setInbox}
              />
            )}
          </>
        )}
      </Form>
    </Frame>
  );
}
