/* Before it is sent: could somebody see who tells this, and are the answers right? */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { momentOf } from "../../src/i18n/dates.ts";
import {
  ADDRESS, CHOICES, type Draft, IDENTITY, type QuestionId, faultsOf, questionsOf,
} from "../../src/report/draft.ts";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Summary } from "../components/Summary.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { hasApp } from "./vouching.ts";
import { wordOf } from "./words.ts";

const WORDS = ["seen", "who", "tried"] as const;

export function Traces(): preact.JSX.Element {
  const text = useReportTexts();
  const { draft, router } = useSession();
  const asked = questionsOf(draft);
  return (
    <Frame heading={text("traces.heading")}>
      <Paragraph>{text("traces.text")}</Paragraph>
      {WORDS.filter((id) => asked.includes(id) && draft[id].trim() !== "").map((id) => (
        <section key={id}>
          <Heading level={2}>{text(`q.${id}`)}</Heading>
          <Written>{draft[id]}</Written>
        </section>
      ))}
      <Actions>
        <Button onClick={() => router.go("check")}>{text("traces.good")}</Button>
        <Button kind="secondary" onClick={() => router.go("question", { id: "seen", change: "yes" })}>
          {text("traces.change")}
        </Button>
      </Actions>
    </Frame>
  );
}

/** What was answered, in words; empty: nothing. */
function answerOf(text: ReturnType<typeof useReportTexts>, draft: Draft, id: QuestionId): string {
  switch (id) {
    case "address":
      return [["street", "number", "addition"], ["postcode", "town"]]
        .map((line) => line.map((field) => draft[field as (typeof ADDRESS)[number]].trim()))
        .map((line) => line.filter((each) => each !== "").join(" "))
        .filter((line) => line !== "").join("\n");
    case "identity":
      return IDENTITY.map((field) => draft[field].trim()).filter((each) => each !== "").join("\n");
    case "since":
      return [draft.since.day, draft.since.month, draft.since.year].filter((part) => part !== "").join("-");
    case "excluded":
      return draft.others.filter(({ link }) => draft.excluded.includes(link)).map(({ name }) => name).join(", ");
    case "at_risk":
      return draft.at_risk.map((value) => wordOf(text, "at_risk", value)).join(", ");
    default:
      return id in CHOICES ? wordOf(text, id as keyof typeof CHOICES, draft[id]) : draft[id];
  }
}

/** Reading aloud and back to the question of an answer that is not right. */
export function Check(): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common, language } = useCommon();
  const { draft, offer, router } = useSession();
  const [isWrong, setWrong] = useState(false);
  const questions = questionsOf(draft);
  const isRight = (id: QuestionId): boolean =>
    Object.values(faultsOf(id, draft, Date.now())).every((fault) => fault === undefined);
  const urgency = draft.danger_now === "yes" ? "danger_now" : draft.urgency || "no_hurry";
  const until = offer?.inbox?.deadlines[urgency];

  const valueOf = (id: QuestionId): ComponentChildren =>
    isWrong && !isRight(id) ? <strong>{text("check.fault")}</strong> : isRight(id) ? answerOf(text, draft, id) : "";
  const next = (): void => {
    const wrong = !questions.every(isRight);
    setWrong(wrong);
    if (!wrong) {
      router.go(draft.kind === "named" && hasApp() ? "vouch" : "receipt");
    }
  };

  return (
    <Frame heading={text("check.heading")}>
      {isWrong && <Notice kind="error" isNews>{text("check.fault")}</Notice>}
      <Summary
        rows={[
          ...(offer?.inbox === undefined ? [] : [{ id: "to", name: text("check.to"), value: offer.inbox.name }]),
          ...questions.map((id) => ({
            id,
            name: text(`q.${id}`),
            value: valueOf(id),
            onChange: () => router.go("question", { id, change: "yes" }),
          })),
        ]}
      />
      {until !== undefined && (
        <Paragraph>{text("check.until", { time: momentOf(until, language) })}</Paragraph>
      )}
      <Paragraph>{text("check.next")}</Paragraph>
      <Actions>
        <Button onClick={next}>{common("page.next")}</Button>
      </Actions>
    </Frame>
  );
}
