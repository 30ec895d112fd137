/* One message, as it stands in a list or above its thread. */
import type { Message, MessageWithThread } from "../../src/core/commands.ts";
import type { Since } from "../../src/core/content.ts";
import { clockOf, dateOf, dayOf, machineTime } from "../../src/i18n/dates.ts";
import { type Language, LOCALES } from "../../src/i18n/text.ts";
import { useAppTexts } from "../app/texts.ts";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";

type AppTexts = ReturnType<typeof useAppTexts>;

/** A message without the fields of its kind: they are gone once it is taken back or down. */
type Text = { readonly text?: string };

export function nameOf(message: { me: boolean; name: string }, text: AppTexts): string {
  return message.me ? text("message.me") : message.name || text("message.nameless");
}

export function sinceText(since: Since, text: AppTexts, language: Language): string {
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(LOCALES[language], options).format(since.time);
  switch (since.precision) {
    case "year":
      return format({ year: "numeric" });
    case "month":
      return format({ month: "long", year: "numeric" });
    case "week":
      return text("message.sinceWeek", { date: dateOf(since.time, language) });
    default:
      return dateOf(since.time, language);
  }
}

/** Newest last; what still waits comes after everything. */
export const byTime = (a: Message, b: Message): number =>
  Number(a.pending) - Number(b.pending) || a.seq - b.seq || a.written - b.written;

function From({ message }: { message: Message }): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const time = message.pending ? message.written : message.time;
  return (
    <p class="kring-message__from">
      <time dateTime={machineTime(time)}>
        {text("message.from", {
          name: nameOf(message, text),
          day: dayOf(time, Date.now(), language),
          time: clockOf(time, language),
        })}
      </time>
      {" "}
      {message.pending && <span class="kring-message__state">{text("message.pending")}</span>}
      {" "}
      {message.edited && <span class="kring-message__state">{text("message.edited")}</span>}
    </p>
  );
}

/** What it says, or why it says nothing. */
function Content({ message }: { message: Message }): preact.JSX.Element | null {
  const text = useAppTexts();
  if (message.taken_down !== undefined) {
    return <Paragraph>{text("message.takenDown", { reason: message.taken_down })}</Paragraph>;
  }
  if (message.retracted) {
    return <Paragraph>{text("message.retracted")}</Paragraph>;
  }
  if (message.kind === "unknown") {
    return <Paragraph>{text("message.newer")}</Paragraph>;
  }
  if (message.kind === "unreadable") {
    return <Paragraph>{text("message.unreadable")}</Paragraph>;
  }
  const words = (message as Text).text;
  return words === undefined || words === "" ? null : <Written>{words}</Written>;
}

function Heads({ message, level }: { message: Message; level: 2 | 3 }): preact.JSX.Element | null {
  const text = useAppTexts();
  if (message.kind === "concern" && "category" in message) {
    return <Heading level={level}>{text(`category.${message.category}`)}</Heading>;
  }
  if (message.kind === "announcement") {
    return <Heading level={level}>{text("message.announcement")}</Heading>;
  }
  return message.kind === "called_112"
    ? <Heading level={level}>{text("message.called112By", { name: nameOf(message, text) })}</Heading>
    : null;
}

function Circumstances({ message }: { message: Message }): preact.JSX.Element | null {
  const text = useAppTexts();
  const { language } = useCommon();
  if (message.kind !== "concern") {
    return null;
  }
  const facts = [
    message.where === undefined || message.where === "" ? "" : text("message.where", { where: message.where }),
    message.since === undefined || message.since.precision === "not_said"
      ? "" : text("message.since", { when: sinceText(message.since, text, language) }),
    message.how_often === undefined || message.how_often === "not_said"
      ? "" : text(`often.${message.how_often}`),
  ].filter((fact) => fact !== "");
  return facts.length === 0 ? null : (
    <ul class="kring-message__facts">
      {facts.map((fact) => <li key={fact} dir="auto">{fact}</li>)}
    </ul>
  );
}

function Counts({ message }: { message: Message }): preact.JSX.Element | null {
  const text = useAppTexts();
  const counts = [
    message.called_112 > 0 ? text("message.called112") : "",
    message.corroborations > 0 ? text("message.corroborations", { n: message.corroborations }) : "",
    message.comments > 0 ? text("message.comments", { n: message.comments }) : "",
  ].filter((count) => count !== "");
  return counts.length === 0 ? null : <p class="kring-message__counts">{counts.join(" · ")}</p>;
}

export function MessageView({ message, level, quote, children }: {
  message: Message | MessageWithThread;
  /** What it answers. */
  quote?: string | undefined;
  /** Of its heading; without one where the page's heading says it. */
  level?: 2 | 3;
  children?: preact.ComponentChildren;
}): preact.JSX.Element {
  const own = message.me ? " kring-message--me" : "";
  const alert = message.kind === "called_112" ? " kring-message--alert" : "";
  return (
    <article class={`kring-message${own}${alert}`}>
      {level !== undefined && <Heads message={message} level={level} />}
      <From message={message} />
      {quote !== undefined && <p class="kring-message__from" dir="auto">{quote}</p>}
      <Content message={message} />
      <Circumstances message={message} />
      <Counts message={message} />
      {children}
    </article>
  );
}

/** An answer in a thread. */
export function Reply({ message, children }: {
  message: Message;
  children?: preact.ComponentChildren;
}): preact.JSX.Element {
  const text = useAppTexts();
  const name = nameOf(message, text);
  const line = message.kind === "corroboration" ? text("message.corroboratedBy", { name })
    : message.kind === "called_112" ? text("message.called112By", { name }) : undefined;
  return (
    <li class={message.kind === "called_112" ? "kring-message kring-message--alert" : "kring-message"}>
      {line !== undefined && <p class="kring-message__line">{line}</p>}
      <From message={message} />
      <Content message={message} />
      {children}
    </li>
  );
}
