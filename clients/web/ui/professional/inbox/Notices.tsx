/* What professionals tell neighbourhoods: written, looked at as neighbours see it, and only then told. */
import { useState } from "preact/hooks";

import type { NoticeKind, OwnInbox, OwnNotice } from "../../../src/core/professional.ts";
import {
  chosen, type DateFields, endOfDay, EMPTY_DATE, type Fault, notLonger, required,
} from "../../../src/form/validate.ts";
import { dateOf } from "../../../src/i18n/dates.ts";
import { router } from "../../app/routes.ts";
import { useAction, useClient, useQuestion, useRoute } from "../../client.tsx";
import { Actions, Button } from "../../components/Button.tsx";
import { Checkboxes, DateField, Radios, TextArea, TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { Begin } from "./Begin.tsx";
import { useOwnInbox } from "./own.ts";

/** Characters; the core's limits count bytes. */
const TITLE_MAX = 80;
const TEXT_MAX = 3000;

interface Draft {
  readonly kind: NoticeKind | "";
  readonly title: string;
  readonly text: string;
  readonly until: DateFields;
}

const EMPTY: Draft = { kind: "", title: "", text: "", until: EMPTY_DATE };

const isEmpty = ({ day, month, year }: DateFields): boolean => `${day}${month}${year}`.trim() === "";

function untilFault(draft: Draft): Fault | undefined {
  const until = endOfDay(draft.until);
  if (isEmpty(draft.until)) {
    return undefined;
  }
  return until === undefined ? { key: "form.dateWrong" } : until < Date.now() ? { key: "form.wrong" } : undefined;
}

export function Notices(): preact.JSX.Element {
  const own = useOwnInbox();
  return own === undefined ? <Begin /> : <NoticesOf key={own.inbox} own={own} />;
}

/** The steps are in the browser's history; what is written is in memory only. */
function NoticesOf({ own }: { own: OwnInbox }): preact.JSX.Element {
  const step = useRoute(router).params?.step;
  const [draft, setDraft] = useState(EMPTY);
  const [isPublished, setPublished] = useState(false);
  const go = (next: "write" | "look"): void => {
    setPublished(false);
    router.go("inbox-notices", { inbox: own.inbox, step: next });
  };
  if (step === "look" && draft.kind !== "") {
    return (
      <Preview
        own={own}
        draft={draft}
        kind={draft.kind}
        onPublished={() => {
          setDraft(EMPTY);
          setPublished(true);
          router.replace("inbox-notices", { inbox: own.inbox });
        }}
      />
    );
  }
  return step === "write"
    ? <Write draft={draft} change={(answers) => setDraft((before) => ({ ...before, ...answers }))} onNext={() => go("look")} />
    : <List own={own} isPublished={isPublished} onNew={() => go("write")} />;
}

function List({ own, isPublished, onNew }: {
  own: OwnInbox;
  isPublished: boolean;
  onNew: () => void;
}): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { answer, error } = useQuestion("own_notices", { inbox: own.inbox });
  return (
    <Frame heading={text("inbox.notices.heading")}>
      {isPublished && <Notice kind="ok" isNews>{text("inbox.notices.published")}</Notice>}
      <Paragraph>{text("inbox.notices.intro")}</Paragraph>
      <Actions>
        <Button onClick={onNew}>{text("inbox.notices.new")}</Button>
      </Actions>
      <Heading level={2}>{text("inbox.notices.list")}</Heading>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {answer?.notices.length === 0 && <Paragraph>{text("inbox.notices.none")}</Paragraph>}
      {answer?.notices.map((notice) => <Told key={notice.event} notice={notice} />)}
    </Frame>
  );
}

/** As neighbours see it, under a heading of the page. */
function Told({ notice }: { notice: Omit<OwnNotice, "event"> }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { language } = useCommon();
  const { kind, title, text: words, made, until, expired } = notice;
  const validity = until === undefined ? []
    : [expired ? text("inbox.notices.over") : text("inbox.notices.validUntil", { date: dateOf(until, language) })];
  return (
    <article class="kring-message">
      <Heading level={3}><span dir="auto">{title}</span></Heading>
      <p class="kring-message__from">
        {[text(`inbox.notices.${kind}`), dateOf(made, language), ...validity].join(" · ")}
      </p>
      <Written>{words}</Written>
    </article>
  );
}

function Write({ draft, change, onNext }: {
  draft: Draft;
  change: (answers: Partial<Draft>) => void;
  onNext: () => void;
}): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common } = useCommon();
  return (
    <Frame heading={text("inbox.notices.new")}>
      <Form
        submit={text("inbox.notices.look")}
        check={() => ({
          kind: chosen(draft.kind),
          title: required(draft.title) ?? notLonger(draft.title, TITLE_MAX),
          text: required(draft.text) ?? notLonger(draft.text, TEXT_MAX),
          until: untilFault(draft),
        })}
        onSubmit={onNext}
      >
        {(errorOf) => (
          <>
            <Radios
              id="kind"
              label={text("inbox.notices.kind")}
              error={errorOf("kind")}
              options={(["notice", "guidance"] as const).map((value) =>
                ({ value, label: text(`inbox.notices.${value}`), hint: text(`inbox.notices.${value}Hint`) }))}
              value={draft.kind}
              onChange={(kind) => change({ kind: kind as NoticeKind })}
            />
            <TextField
              id="title"
              label={text("inbox.notices.title")}
              error={errorOf("title")}
              value={draft.title}
              onInput={(title) => change({ title })}
            />
            <TextArea
              id="text"
              label={text("inbox.notices.text")}
              hint={text("inbox.notices.textHint")}
              error={errorOf("text")}
              maxLength={TEXT_MAX}
              value={draft.text}
              onInput={(words) => change({ text: words })}
            />
            <DateField
              id="until"
              label={`${text("inbox.notices.until")} ${common("page.optional")}`}
              hint={text("inbox.notices.untilHint")}
              error={errorOf("until")}
              value={draft.until}
              onInput={(until) => change({ until })}
            />
          </>
        )}
      </Form>
    </Frame>
  );
}

function Preview({ own, draft, kind, onPublished }: {
  own: OwnInbox;
  draft: Draft;
  kind: NoticeKind;
  onPublished: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [sure, setSure] = useState<readonly string[]>([]);
  const until = endOfDay(draft.until);
  const notice = {
    kind, title: draft.title.trim(), text: draft.text.trim(), ...(until === undefined ? {} : { until }),
  };
  const publish = async (): Promise<void> => {
    await client.command("inbox_notice", { inbox: own.inbox, ...notice });
    onPublished();
  };
  return (
    <Frame heading={text("inbox.notices.previewHeading")}>
      <Told notice={{ ...notice, made: Date.now(), expired: false }} />
      <Notice kind="warning">{text("inbox.notices.who", { name: own.name })}</Notice>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text("inbox.notices.publish")}
        isBusy={isBusy}
        check={() => ({ sure: chosen(sure) })}
        onSubmit={() => run(publish)}
      >
        {(errorOf) => (
          <Checkboxes
            id="sure"
            label={text("inbox.notices.sure")}
            error={errorOf("sure")}
            options={[{ value: "sure", label: text("inbox.notices.sureText") }]}
            values={sure}
            onChange={setSure}
          />
        )}
      </Form>
    </Frame>
  );
}
