/* A case on paper or as a file: a document to read, or data as `kring case save` writes them. */
import type { Case } from "../../src/core/professional.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { documentOf, type Section } from "../../src/professional/document.ts";
import { download } from "../browser.ts";
import { Actions, Button } from "../components/Button.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useDesk } from "./desk.tsx";
import { saidIn, shortId, signalRows, stateOf, titleOf, useCaseWords, type Words, wordsOfActor, wordsOfEvent } from "./words.ts";

export function Save({ current }: { current: Case }): preact.JSX.Element {
  const words = useCaseWords();
  const { text, language } = words;
  const { teams } = useDesk();
  const nameOf = (account: string): string =>
    teams.get(current.inbox ?? "")?.find((member) => member.account === account)?.name || text("row.nameless");
  const note = text("save.made", { time: momentOf(Date.now(), language) });
  // On paper nothing but this keeps it from those who must not know, or says that it is not to be relied on.
  const excluded = current.signal?.excluded?.length ?? 0;
  const warning = [
    note,
    ...(current.distrusted ? [`${text("case.alarms")}. ${text("case.alarmsText")}`] : []),
    ...(excluded === 0 ? [] : [text("signal.excluded", { n: excluded })]),
  ].join(" ");
  const name = `kring-${shortId(current.case)}`;
  const saveDocument = (): void => {
    const title = `${text("case.number", { id: shortId(current.case) })}: ${titleOf(words, current)}`;
    download(`${name}.html`, "text/html", documentOf(language, title, warning, sectionsOf(words, current, nameOf)));
  };
  const saveData = (): void => download(`${name}.json`, "application/json", `${JSON.stringify(current, null, 1)}\n`);
  return (
    <>
      <p class="kring-print">{note}</p>
      <section class="kring-screen" aria-labelledby="save-title">
        <Heading level={2} id="save-title">{text("save.heading")}</Heading>
        <Paragraph>{text("save.warning")}</Paragraph>
        <Actions>
          <Button kind="secondary" onClick={() => window.print()}>{text("save.print")}</Button>
          <Button kind="secondary" onClick={saveDocument}>{text("save.html")}</Button>
          <Button kind="secondary" onClick={saveData}>{text("save.json")}</Button>
        </Actions>
      </section>
    </>
  );
}

function sectionsOf(words: Words, current: Case, nameOf: (account: string) => string): readonly Section[] {
  const { text, language } = words;
  const { signal, identity } = current;
  return [
    {
      heading: text("case.state"),
      rows: [
        [text("case.state"), stateOf(words, current)],
        [text("case.urgency"), text(`urgency.${current.urgency}`)],
        ...(current.until === undefined ? [] : [[text("case.clock"), momentOf(current.until, language)] as const]),
        ...(current.kept_until === undefined
          ? [] : [[text("case.kept"), momentOf(current.kept_until, language)] as const]),
        ...(current.assigned === undefined ? [] : [[text("case.assigned"), nameOf(current.assigned)] as const]),
        ...current.parties.map(({ name, role }) => [name || text("party.nameless"), text(`party.${role}`)] as const),
      ],
    },
    {
      heading: text("earlier.heading", { n: current.earlier_signals.length }),
      rows: current.earlier_signals.map((each) => [
        momentOf(each.since, language),
        [each.category === undefined ? "" : text(`what.${each.category}`), stateOf(words, each)]
          .filter((part) => part !== "").join(", "),
      ] as const),
    },
    {
      heading: text("signal.heading"),
      rows: signal === undefined
        ? [] : signalRows(words, current, signal).map(([id, value]) => [text(`signal.${id}`), value] as const),
    },
    {
      heading: text("identity.heading"),
      rows: identity === undefined ? [] : [
        [text("identity.name"), identity.name ?? ""], [text("identity.contact"), identity.contact ?? ""],
      ],
    },
    {
      heading: text("timeline.heading"),
      rows: current.timeline.map((event) => [
        `${momentOf(event.time, language)}, ${wordsOfActor(words, event)}`,
        [wordsOfEvent(words, event), ...saidIn(words, event)].join("\n"),
      ] as const),
    },
    {
      heading: text("notes.heading"),
      rows: current.notes.map((note) => [
        `${momentOf(note.time, language)}, ${note.author}`,
        note.assigned === undefined ? note.text ?? "" : text("notes.assigned", { name: nameOf(note.assigned) }),
      ] as const),
    },
  ];
}
