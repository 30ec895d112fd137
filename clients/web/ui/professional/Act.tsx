/* Doing something in a case: one form, which says who will read the words. What was typed stays until it
 * is sent; what happened meanwhile is shown before it goes. */
import { useEffect, useRef, useState } from "preact/hooks";

import { type Fields, writtenIn } from "../../src/client/drafts.ts";
import { Refused } from "../../src/client/remote.ts";
import type { Held, OutboxEntry } from "../../src/core/commands.ts";
import type { Case, CaseEvent, InboxRole, Outcome, Urgency } from "../../src/core/professional.ts";
import { type DateFields, type Fault, chosen, endOfDay, notLonger, required } from "../../src/form/validate.ts";
import { type Act, type ActInfo, hasGap, infoOf } from "../../src/professional/acts.ts";
import { GivenBack, KeptLine, useDraft } from "../app/drafts.tsx";
import { router } from "../app/routes.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { TextArea } from "../components/Fields.tsx";
import { type Faults, Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph, Written } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useCommon } from "../texts.tsx";
import { Answer, dateOfDraft, LINK } from "./ActFields.tsx";
import { useDesk } from "./desk.tsx";
import { Example, OwnExamples, useOwnExamples } from "./Examples.tsx";
import { TEXT_MAX, useWordsOfError } from "./refusals.ts";
import { useProfessionalTexts } from "./texts.ts";
import { Events } from "./Timeline.tsx";
import { titleOf, useCaseWords } from "./words.ts";

type ProfessionalText = ReturnType<typeof useProfessionalTexts>;

/** The same command has another name where it means something else to the team. */
const variantOf = (act: Act, role: InboxRole): Act | "acceptJoin" | "declineOwn" | "partOther" =>
  (act === "accept" && role === "invited" ? "acceptJoin"
    : act === "decline" && role === "owner" ? "declineOwn"
      : act === "part" && role === "owner" ? "partOther" : act);

export const actName = (text: ProfessionalText, act: Act, role: InboxRole): string =>
  text(`act.${variantOf(act, role)}`);

export function ActPage({ id, act }: { id: string; act: Act }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common } = useCommon();
  const wordsOfError = useWordsOfError();
  const { answer, error } = useQuestion("case", { case: id });
  const { answer: outbox } = useQuestion("outbox", {});
  // By this form; what another has sent is not offered again while it waits.
  const [isSending, setSending] = useState(false);
  const isIn = (list: readonly (OutboxEntry | Held)[]): boolean =>
    list.some((each) => each.what === act && each.case === id);
  const waits = outbox !== undefined && (isIn(outbox.ops) || isIn(outbox.held));
  const heading = answer === undefined ? common("page.loading") : actName(text, act, answer.role);
  return (
    <Frame heading={heading}>
      {error !== undefined && <Notice kind="error">{wordsOfError(error)}</Notice>}
      {(answer === undefined || outbox === undefined) && error === undefined && (
        <Progress label={common("page.loading")} />
      )}
      {answer !== undefined && outbox !== undefined && (waits && !isSending
        ? <Waits id={id} act={act} /> : <ActForm current={answer} act={act} setSending={setSending} />)}
    </Frame>
  );
}

function ActForm({ current, act, setSending }: {
  current: Case;
  act: Act;
  setSending: (isSending: boolean) => void;
}): preact.JSX.Element {
  const words = useCaseWords();
  const { text } = words;
  const { text: common } = useCommon();
  const client = useClient();
  const { memory } = useDesk();
  const info = infoOf(act, current.role);
  const wordsOfError = useWordsOfError(info.asks);
  const { isBusy, error, run } = useAction();
  const draft = useDraft(act, { case: current.case });
  const { fields, keeper } = draft;
  const own = useOwnExamples(act);
  const [example, setExample] = useState("");
  const news = useNews(current);
  // Going back takes a moment, in which what was done can no more be done.
  const [isDone, setDone] = useState(false);
  const isHere = useRef(true);
  useEffect(() => () => {
    isHere.current = false;
  }, []);
  const change = (next: Fields): void => keeper.change(next);
  const send = async (): Promise<void> => {
    if (!news.isAsked()) {
      return;
    }
    setSending(true);
    try {
      const filled = { ...fieldsOf(info, current, fields) };
      await keeper.send((kept) => client.command(act, { ...filled, kept } as never)); // each act has its own fields
    } catch (failure) {
      if (failure instanceof Refused && failure.code === "rev_past") {
        news.expect();
      }
      setSending(false);
      throw failure;
    }
    memory.done = { case: current.case, name: actName(text, act, current.role) };
    setDone(true);
    if (isHere.current) { // and not on another screen, while there was no connection
      leave(current.case);
    }
  };
  if (!draft.isReady) {
    return <Progress label={common("page.loading")} />;
  }
  const isPossible = current.acts.includes(act) || isBusy || isDone;
  return (
    <>
      <p class="kring-message__from" dir="auto">{titleOf(words, current)}</p>
      {error !== undefined && (
        <Notice kind="error" isNews>
          <Paragraph>{wordsOfError(error)}</Paragraph>
          {info.words !== "none" && <Paragraph>{text("act.keep")}</Paragraph>}
        </Notice>
      )}
      <Meanwhile events={news.events} isAsked={news.hasAsked} />
      {!isPossible && <NotNow current={current} draft={fields} />}
      {isPossible && (
        <>
          <Paragraph>{text(`about.${variantOf(act, current.role)}`)}</Paragraph>
          <Notice kind={info.readers === "all" || info.readers === "allAnd" ? "warning" : "info"}>
            {text(`reads.${info.readers}`)}
          </Notice>
          {isBusy && <Sending />}
          {!isBusy && !isDone && <GivenBack draft={draft} wordsOfError={wordsOfError} />}
          <Form
            submit={info.words === "none" ? actName(text, act, current.role) : text("act.send")}
            isBusy={isBusy || isDone}
            check={() => faultsOf(info, fields)}
            onSubmit={() => run(send)}
            actions={<Button kind="secondary" onClick={() => leave(current.case)}>{text("act.back")}</Button>}
          >
            {(errorOf) => (
              <>
                <Answer asks={info.asks} act={act} current={current} draft={fields} onChange={change} errorOf={errorOf} />
                {info.words !== "none" && (
                  <>
                    <Example
                      act={act}
                      outcome={fields["outcome"] ?? ""}
                      words={fields["words"] ?? ""}
                      own={own}
                      chosen={example}
                      onChoose={(which, words) => {
                        setExample(which);
                        change({ words });
                      }}
                    />
                    <TextArea
                      id="words"
                      label={text(info.words === "needed" ? "words.label" : "words.optional")}
                      hint={text("words.hint")}
                      error={hasGap(fields["words"] ?? "") && errorOf("words") !== undefined
                        ? text("example.left") : errorOf("words")}
                      maxLength={TEXT_MAX}
                      value={fields["words"] ?? ""}
                      onInput={(typed) => change({ words: typed })}
                    />
                  </>
                )}
              </>
            )}
          </Form>
          <KeptLine draft={draft} />
          {info.words !== "none" && (
            <OwnExamples act={act} words={fields["words"] ?? ""} own={own} chosen={example} onChoose={setExample} />
          )}
        </>
      )}
    </>
  );
}

/** The same act is on its way: it is not done twice. */
function Waits({ id, act }: { id: string; act: Act }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { answer } = useQuestion("kept", { case: id, name: act });
  const words = writtenIn(answer?.kept[0]?.text ?? "")?.fields["words"];
  return (
    <>
      <Notice kind="info" isNews>{text("act.waits")}</Notice>
      {words !== undefined && <Written>{words}</Written>}
      <Button onClick={() => leave(id)}>{text("act.back")}</Button>
    </>
  );
}

/** Back to the case, which stands behind this in the history. */
function leave(id: string): void {
  if (router.canGoBack) {
    router.back();
  } else {
    router.replace("case", { case: id });
  }
}

// ---- What is filled in ------------------------------------------------------------------------

function dateFault(date: DateFields): Fault | undefined {
  const end = endOfDay(date);
  if (end === undefined) {
    return { key: "form.dateWrong" };
  }
  return end <= Date.now() ? { key: "form.wrong" } : undefined;
}

function faultsOf(info: ActInfo, draft: Fields): Faults {
  const words = draft["words"] ?? "";
  const to = draft["to"] ?? "";
  return {
    ...(info.asks === "date" ? { date: dateFault(dateOfDraft(draft)) } : {}),
    ...(info.asks === "urgency" || info.asks === "inbox" || info.asks === "outcome"
      ? { [info.asks]: chosen(draft[info.asks] ?? "") } : {}),
    ...(info.asks === "to" ? { to: chosen(to), link: to === LINK ? required(draft["link"] ?? "") : undefined } : {}),
    ...(info.words === "none" ? {} : {
      words: (info.words === "needed" ? required(words) : undefined) ?? notLonger(words, TEXT_MAX) ??
        (hasGap(words) ? { key: "form.wrong" } : undefined),
    }),
  };
}

/** The command's fields, of a draft without faults. */
function fieldsOf(info: ActInfo, current: Case, draft: Fields): object {
  const words = (draft["words"] ?? "").trim();
  return {
    case: current.case,
    ...(words === "" ? {} : { text: words }),
    ...(info.asks === "date" ? { date: endOfDay(dateOfDraft(draft)) } : {}),
    ...(info.asks === "urgency" ? { urgency: draft["urgency"] as Urgency } : {}),
    ...(info.asks === "outcome" ? { outcome: draft["outcome"] as Outcome } : {}),
    ...(info.asks === "inbox" ? { inbox: draft["inbox"] } : {}),
    ...(info.asks === "to" ? { to: draft["to"] === LINK ? (draft["link"] ?? "").trim() : draft["to"] } : {}),
  };
}

// ---- What happens meanwhile -------------------------------------------------------------------

/** What others did in the case since the form was opened; before it is sent over that, the user is asked
 * once whether it still holds. */
function useNews(current: Case): {
  events: readonly CaseEvent[];
  hasAsked: boolean;
  /** Whether it may be sent; if not, it asks. */
  isAsked: () => boolean;
  /** The relay has refused because of something that has not come in yet. */
  expect: () => void;
} {
  const seq = current.timeline[current.timeline.length - 1]?.seq ?? 0;
  const [begun] = useState(seq);
  const [asked, setAsked] = useState(seq);
  const [isExpecting, setExpecting] = useState(false);
  const events = current.timeline.filter((event) => event.seq > begun && event.me !== true);
  const last = events[events.length - 1]?.seq ?? begun;
  useEffect(() => {
    if (isExpecting && last > asked) {
      setAsked(last);
      setExpecting(false);
    }
  }, [isExpecting, last]);
  return {
    events,
    hasAsked: events.length > 0 && asked >= last,
    isAsked: () => {
      setAsked(last);
      return asked >= last;
    },
    expect: () => setExpecting(true),
  };
}

function Meanwhile({ events, isAsked }: {
  events: readonly CaseEvent[];
  isAsked: boolean;
}): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  return events.length === 0 ? null : (
    <Notice kind="warning" isNews>
      <Paragraph><strong>{text("act.came")}</strong></Paragraph>
      <Events events={events} />
      {isAsked && <Paragraph>{text("act.cameAgain")}</Paragraph>}
    </Notice>
  );
}

/** Somebody else was sooner: the words are still there to be copied. */
function NotNow({ current, draft }: { current: Case; draft: Fields }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const words = draft["words"] ?? "";
  return (
    <>
      <Notice kind="warning" isNews>{text("act.notNow")}</Notice>
      {words !== "" && (
        <>
          <Paragraph>{text("act.keep")}</Paragraph>
          <Written>{words}</Written>
        </>
      )}
      <Button onClick={() => leave(current.case)}>{text("act.back")}</Button>
    </>
  );
}

function Sending(): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { answer: status } = useQuestion("status", {});
  return status !== undefined && status.connection !== "online"
    ? <Notice kind="info" isNews>{text("act.offline")}</Notice>
    : <Progress label={text("act.sending")} />;
}
