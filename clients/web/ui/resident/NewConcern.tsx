/* Sharing a concern: one question a page, then everything to check. */
import { useState } from "preact/hooks";

import type { Category, ConcernFields, Frequency, Precision } from "../../src/core/content.ts";
import { chosen, type Fault, notLonger, required } from "../../src/form/validate.ts";
import { REPORTING } from "../app/reporting.ts";
import { type Draft as Kept, GivenBack, useDraft } from "../app/drafts.tsx";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useRoute, useSending } from "../client.tsx";
import { Link } from "../components/Button.tsx";
import { Emergency } from "../components/Emergency.tsx";
import { Radios, TextArea, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Summary } from "../components/Summary.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { inPlace, type Place, useNeighbourhood } from "./neighbourhood.tsx";
import { TEXT_MAX } from "./Own.tsx";

const CATEGORIES = [
  "shouting", "violence", "child", "neglect", "older_person", "not_seen", "threat", "other",
] as const satisfies readonly Category[];

const PERIODS = ["today", "week", "month", "year", "not_said"] as const;
type Period = (typeof PERIODS)[number];

const OFTEN = ["now", "once", "several", "weekly", "daily", "not_said"] as const satisfies readonly Frequency[];

const WHERE_MAX = 150;

interface Draft {
  readonly what: Category | "";
  readonly text: string;
  readonly where: string;
  readonly since: Period | "";
  readonly often: Frequency | "";
}

const EMPTY: Draft = { what: "", text: "", where: "", since: "", often: "" };
const QUESTIONS = ["what", "text", "where", "since", "often"] as const satisfies readonly (keyof Draft)[];
type Question = (typeof QUESTIONS)[number];

const PRECISIONS: { readonly [P in Period]: Precision } = {
  today: "day", week: "week", month: "month", year: "year", not_said: "not_said",
};

/** What is wrong with the answer to one question. */
function faultOf(question: Question, draft: Draft): Fault | undefined {
  switch (question) {
    case "what":
      return chosen(draft.what);
    case "text":
      return required(draft.text) ?? notLonger(draft.text, TEXT_MAX);
    case "where":
      return notLonger(draft.where, WHERE_MAX);
    case "since":
      return chosen(draft.since);
    case "often":
      return chosen(draft.often);
  }
}

function fieldsOf(draft: Draft, now: number): ConcernFields {
  const precision = PRECISIONS[draft.since || "not_said"];
  return {
    category: draft.what || "other",
    text: draft.text.trim(),
    how_often: draft.often || "not_said",
    ...(precision === "not_said" ? {} : { since: { precision, time: now } }),
    ...(draft.where.trim() === "" ? {} : { where: draft.where.trim() }),
  };
}

/** The steps are in the browser's history, so that its back button leads to the question before. */
export function NewConcern({ place }: { place: Place }): preact.JSX.Element {
  const { community } = useNeighbourhood();
  const kept = useDraft(`concern ${place.group}`, { community: community.community }, "text");
  const { fields, keeper } = kept;
  const draft = { ...EMPTY, ...fields } as Draft; // nothing else was put in
  // Said once, where one comes in.
  const [entry] = useState(router.route);
  const isEntry = router.route === entry;
  const { params } = useRoute(router);
  const step = params?.step ?? QUESTIONS[0];
  const go = (next: string): void => router.go("new-concern", { ...inPlace(place), step: next });
  const question = QUESTIONS.find((each) => each === step);
  // After "change" one comes back to the answers.
  const isReturning = params?.returns === "yes";
  if (question === undefined) {
    return (
      <Check
        place={place}
        draft={draft}
        kept={kept}
        onChange={(each) => router.go("new-concern", { ...inPlace(place), step: each, returns: "yes" })}
      />
    );
  }
  const next = isReturning ? "check" : QUESTIONS[QUESTIONS.indexOf(question) + 1] ?? "check";
  return (
    <QuestionPage
      key={question}
      place={place}
      question={question}
      draft={draft}
      given={isEntry ? kept : undefined}
      change={(answer) => keeper.change(answer)}
      onNext={() => go(next)}
    />
  );
}

interface QuestionPageProps {
  readonly place: Place;
  readonly question: Question;
  readonly draft: Draft;
  /** What is said of it to who comes in. */
  readonly given: Kept | undefined;
  readonly change: (answer: Partial<Draft>) => void;
  readonly onNext: () => void;
}

function QuestionPage(props: QuestionPageProps): preact.JSX.Element {
  const { place, question, draft, given, onNext } = props;
  const text = useAppTexts();
  const { text: common } = useCommon();
  const isSkippable = question === "where" && draft.where === "";
  return (
    <Frame heading={text(`new.${question}Heading`)} place={place}>
      {question === "what" && <Emergency />}
      {given !== undefined && <GivenBack draft={given} />}
      <Form
        submit={isSkippable ? text("new.skip") : common("page.next")}
        check={() => ({ [question]: faultOf(question, draft) })}
        onSubmit={onNext}
      >
        {(errorOf) => <QuestionField {...props} error={errorOf(question)} />}
      </Form>
    </Frame>
  );
}

function QuestionField({ question, draft, change, error }: QuestionPageProps & {
  error: string | undefined;
}): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const id = question;
  const label = text(`new.${question}`);
  switch (question) {
    case "what":
      return (
        <Radios
          {...{ id, label, error }}
          options={CATEGORIES.map((value) => ({ value, label: text(`category.${value}`) }))}
          value={draft.what}
          onChange={(value) => change({ what: value as Category })}
        />
      );
    case "text":
      return (
        <TextArea
          {...{ id, label, error }}
          hint={text("new.textHint")}
          maxLength={TEXT_MAX}
          value={draft.text}
          onInput={(value) => change({ text: value })}
        />
      );
    case "where":
      return (
        <TextField
          {...{ id, error }}
          label={`${label} ${common("page.optional")}`}
          hint={text("new.whereHint")}
          value={draft.where}
          onInput={(value) => change({ where: value })}
        />
      );
    case "since":
      return (
        <Radios
          {...{ id, label, error }}
          options={PERIODS.map((value) => ({ value, label: text(`since.${value}`) }))}
          value={draft.since}
          onChange={(value) => change({ since: value as Period })}
        />
      );
    case "often":
      return (
        <Radios
          {...{ id, label, error }}
          options={OFTEN.map((value) => ({ value, label: text(`often.${value}`) }))}
          value={draft.often}
          onChange={(value) => change({ often: value as Frequency })}
        />
      );
  }
}

function Check({ place, draft, kept, onChange }: {
  place: Place;
  draft: Draft;
  kept: Kept;
  onChange: (question: Question) => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const values: { readonly [Q in Question]: string } = {
    what: draft.what === "" ? "" : text(`category.${draft.what}`),
    text: draft.text.trim(),
    where: draft.where.trim(),
    since: draft.since === "" ? "" : text(`since.${draft.since}`),
    often: draft.often === "" ? "" : text(`often.${draft.often}`),
  };
  const send = async (): Promise<void> => {
    await kept.keeper.send((name) => client.command("post", {
      group: place.group, kind: "concern", ...fieldsOf(draft, Date.now()), kept: name,
    }));
  };
  // The feed shows it, sent or waiting.
  const leave = (): void => {
    if (router.route.screen === "new-concern") {
      router.replace("home", inPlace(place));
    }
  };
  const isComplete = QUESTIONS.every((question) => faultOf(question, draft) === undefined);
  return (
    <Frame heading={text("new.checkHeading")} place={place}>
      <Notice kind="warning">
        <Paragraph>{text("new.checkIntro", { place: place.name })}</Paragraph>
        <Paragraph>
          {text("new.secret")} <Link href="/melden" {...REPORTING}>{text("concerns.report")}</Link>
        </Paragraph>
      </Notice>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Summary
        rows={QUESTIONS.map((id) => ({
          id,
          name: text(`new.${id}`),
          value: values[id],
          onChange: () => onChange(id),
        }))}
      />
      <Form
        submit={text("new.done", { place: place.name })}
        isBusy={isBusy || !kept.isReady}
        check={() => (isComplete ? {} : { what: { key: "form.required" } })}
        onSubmit={() => run(send, leave)}
      >
        {() => null}
      </Form>
    </Frame>
  );
}
