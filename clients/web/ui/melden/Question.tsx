/* One question a page. */
import {
  ADDRESS, CHOICES, IDENTITY, LONGEST, type ChoiceId, type QuestionId, faultsOf, questionsOf,
} from "../../src/report/draft.ts";
import { Emergency } from "../components/Emergency.tsx";
import { Checkboxes, DateField, type Option, Radios, TextArea, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { type Session, useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { wordOf } from "./words.ts";

/** What is unanswered when an answer was changed is asked; then it is checked again. */
function goOn({ draft, router }: Session, id: QuestionId): void {
  const questions = questionsOf(draft);
  const isChange = router.route.params?.change === "yes";
  const next = isChange
    ? questions.find((each) => isFaulty(each))
    : questions[questions.indexOf(id) + 1];
  if (next !== undefined) {
    router.go("question", isChange ? { id: next, change: "yes" } : { id: next });
  } else {
    router.go(isChange ? "check" : "traces");
  }

  function isFaulty(question: QuestionId): boolean {
    return Object.values(faultsOf(question, draft, Date.now())).some((fault) => fault !== undefined);
  }
}

export function Question({ id }: { id: QuestionId }): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common } = useCommon();
  const session = useSession();
  const { draft } = session;
  return (
    <Frame heading={text(`q.${id}`)}>
      <Form
        key={id}
        submit={common("page.next")}
        check={() => faultsOf(id, draft, Date.now())}
        onSubmit={() => goOn(session, id)}
      >
        {(errorOf) => (
          <>
            <Fields id={id} errorOf={errorOf} />
            {id === "danger_now" && draft.danger_now === "yes" && <Emergency />}
          </>
        )}
      </Form>
    </Frame>
  );
}

type ErrorOf = (id: string) => string | undefined;

function Fields({ id, errorOf }: { id: QuestionId; errorOf: ErrorOf }): preact.JSX.Element {
  const text = useReportTexts();
  const { draft, change } = useSession();
  switch (id) {
    case "seen":
    case "who":
    case "tried":
      return (
        <TextArea
          id={id}
          isHeading
          label={text(`q.${id}`)}
          hint={text(`${id}.hint`)}
          error={errorOf(id)}
          maxLength={LONGEST[id]}
          value={draft[id]}
          onInput={(value) => change({ [id]: value })}
        />
      );
    case "ages":
      return (
        <TextField
          id="ages"
          isHeading
          label={text("q.ages")}
          hint={text("ages.hint")}
          error={errorOf("ages")}
          value={draft.ages}
          onInput={(ages) => change({ ages })}
        />
      );
    case "since":
      return (
        <DateField
          id="since"
          isHeading
          label={text("q.since")}
          hint={text("since.hint")}
          error={errorOf("since")}
          value={draft.since}
          onInput={(since) => change({ since })}
        />
      );
    case "at_risk":
      return (
        <Checkboxes
          id="at_risk"
          isHeading
          label={text("q.at_risk")}
          error={errorOf("at_risk")}
          options={CHOICES.at_risk.map((value) => ({ value, label: wordOf(text, "at_risk", value) }))}
          values={draft.at_risk}
          onChange={(at_risk) => change({ at_risk })}
        />
      );
    case "excluded":
      return (
        <Checkboxes
          id="excluded"
          isHeading
          label={text("q.excluded")}
          hint={text("excluded.hint")}
          options={draft.others.map(({ link, name }) => ({ value: link, label: name }))}
          values={draft.excluded}
          onChange={(excluded) => change({ excluded })}
        />
      );
    case "address":
      return <Address errorOf={errorOf} />;
    case "identity":
      return <WhoReports errorOf={errorOf} />;
    default:
      return <Choice id={id} errorOf={errorOf} />;
  }
}

function Choice({ id, errorOf }: { id: ChoiceId; errorOf: ErrorOf }): preact.JSX.Element {
  const text = useReportTexts();
  const { draft, change } = useSession();
  const options: Option[] = id === "kind"
    ? CHOICES.kind.map((value) => ({ value, label: text(`kind.${value}`), hint: text(`kind.${value}.hint`) }))
    : CHOICES[id].map((value) => ({ value, label: wordOf(text, id, value) }));
  return (
    <Radios
      id={id}
      isHeading
      label={text(`q.${id}`)}
      error={errorOf(id)}
      options={options}
      value={draft[id]}
      onChange={(value) => change({ [id]: value })}
    />
  );
}

function Address({ errorOf }: { errorOf: ErrorOf }): preact.JSX.Element {
  const text = useReportTexts();
  const { draft, change } = useSession();
  return (
    <>
      <Paragraph>{text("address.hint")}</Paragraph>
      {ADDRESS.map((field) => (
        <TextField
          key={field}
          id={field}
          label={text(`address.${field}`)}
          error={errorOf(field)}
          isNumeric={field === "number"}
          value={draft[field]}
          onInput={(value) => change({ [field]: value })}
        />
      ))}
    </>
  );
}

function WhoReports({ errorOf }: { errorOf: ErrorOf }): preact.JSX.Element {
  const text = useReportTexts();
  const { draft, change } = useSession();
  return (
    <>
      {IDENTITY.map((field) => (
        <TextField
          key={field}
          id={field}
          label={text(`identity.${field}`)}
          error={errorOf(field)}
          value={draft[field]}
          onInput={(value) => change({ [field]: value })}
        />
      ))}
      <Radios
        id="fallback_knows"
        label={text("identity.fallback_knows")}
        error={errorOf("fallback_knows")}
        options={CHOICES.fallback_knows.map((value) => ({ value, label: wordOf(text, "fallback_knows", value) }))}
        value={draft.fallback_knows}
        onChange={(value) => change({ fallback_knows: value as "yes" | "no" })}
      />
    </>
  );
}
