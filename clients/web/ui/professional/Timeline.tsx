/* What happened in a case, in order, and who is in it. */
import type { Case, CaseEvent } from "../../src/core/professional.ts";
import { machineTime, momentOf } from "../../src/i18n/dates.ts";
import { Heading, Written } from "../components/Text.tsx";
import { useProfessionalTexts } from "./texts.ts";
import { saidIn, useCaseWords, wordsOfActor, wordsOfEvent } from "./words.ts";

/** From firstUnread on it is new; where all of it is, nothing is marked. */
export function Timeline({ current, firstUnread }: { current: Case; firstUnread: number }): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <section aria-labelledby="timeline-title">
      <Heading level={2} id="timeline-title">{text("timeline.heading")}</Heading>
      <Events events={current.timeline} isNew={(event) => firstUnread > 1 && event.seq >= firstUnread && event.me !== true} />
    </section>
  );
}

export function Events({ events, isNew = () => false }: {
  events: readonly CaseEvent[];
  isNew?: (event: CaseEvent) => boolean;
}): preact.JSX.Element {
  const words = useCaseWords();
  const { text, language } = words;
  return (
    <ol class="kring-timeline">
      {events.map((event) => (
        <li key={event.seq}>
          <p class="kring-timeline__head">
            <strong dir="auto">{wordsOfActor(words, event)}</strong> {wordsOfEvent(words, event)}
            {isNew(event) && <strong class="kring-tag kring-tag--new">{text("timeline.unread")}</strong>}
            <br />
            <time dateTime={machineTime(event.time)}>{momentOf(event.time, language)}</time>
          </p>
          {saidIn(words, event).map((said) => <Written key={said}>{said}</Written>)}
        </li>
      ))}
    </ol>
  );
}

export function Parties({ current }: { current: Case }): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <section aria-labelledby="parties-title">
      <Heading level={2} id="parties-title">{text("parties.heading")}</Heading>
      <ul class="kring-list">
        {current.parties.map(({ inbox, name, role, consented }) => (
          <li key={inbox}>
            <strong dir="auto">{name || text("party.nameless")}</strong> {text(`party.${role}`)}
            {consented && ` · ${text("party.consented")}`}
          </li>
        ))}
      </ul>
    </section>
  );
}
