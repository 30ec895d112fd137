/* What the reporter told, and who that is; above it what was told earlier about the same address. */
import type { Case } from "../../src/core/professional.ts";
import { dateOf, machineTime } from "../../src/i18n/dates.ts";
import { readsCase } from "../../src/professional/acts.ts";
import { Notice } from "../components/Notice.tsx";
import { Summary } from "../components/Summary.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { GoLink } from "../resident/Frame.tsx";
import { useProfessionalTexts } from "./texts.ts";
import { kindOf, signalRows, stateOf, useCaseWords } from "./words.ts";

/** History belongs with the household, not with the message: it stands above the signal. */
export function Earlier({ current }: { current: Case }): preact.JSX.Element | null {
  const words = useCaseWords();
  const { text, language } = words;
  const earlier = current.earlier_signals;
  return earlier.length === 0 ? null : (
    <section class="kring-earlier" aria-labelledby="earlier-title">
      <Heading level={2} id="earlier-title">{text("earlier.heading", { n: earlier.length })}</Heading>
      <Paragraph>{text("earlier.why")}</Paragraph>
      <ul class="kring-list">
        {earlier.map((each) => (
          <li key={each.case}>
            <GoLink to="case" params={{ case: each.case }}>
              <time dateTime={machineTime(each.since)}>{dateOf(each.since, language)}</time>
              {each.category === undefined ? "" : `: ${text(`what.${each.category}`)}`}
            </GoLink>
            {" · "}
            {kindOf(words, each.kind)}
            {" · "}
            {stateOf(words, each)}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Signal({ current }: { current: Case }): preact.JSX.Element {
  const words = useCaseWords();
  const { text } = words;
  const { signal } = current;
  const excluded = signal?.excluded?.length ?? 0;
  return (
    <section aria-labelledby="signal-title">
      <Heading level={2} id="signal-title">{text("signal.heading")}</Heading>
      {signal === undefined
        ? <Notice kind="info">{text(readsCase(current.role) ? "signal.locked" : "signal.former")}</Notice>
        : (
          <Summary
            rows={signalRows(words, current, signal).map(([id, value]) => ({
              id,
              name: text(`signal.${id}`),
              value: id === "seen" ? <Written>{value}</Written> : value,
            }))}
          />
        )}
      {excluded > 0 && <Notice kind="warning">{text("signal.excluded", { n: excluded })}</Notice>}
    </section>
  );
}

export function Identity({ current }: { current: Case }): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const { identity, signal } = current;
  if (signal === undefined || !readsCase(current.role)) {
    return null;
  }
  return (
    <section aria-labelledby="identity-title">
      <Heading level={2} id="identity-title">{text("identity.heading")}</Heading>
      {identity === undefined
        ? <Paragraph>{text(signal.kind === "named" ? "identity.withheld" : "identity.none")}</Paragraph>
        : (
          <Summary
            rows={[
              { id: "name", name: text("identity.name"), value: identity.name ?? "" },
              { id: "contact", name: text("identity.contact"), value: identity.contact ?? "" },
            ]}
          />
        )}
      <Paragraph>{text(current.verified ? "identity.verified" : "identity.unverified")}</Paragraph>
    </section>
  );
}
