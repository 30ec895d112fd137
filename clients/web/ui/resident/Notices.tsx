/* What professionals tell the neighbourhood that trusts them. */
import type { InboxNotice } from "../../src/core/professional.ts";
import { dateOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { seenNotices } from "../browser.ts";
import { useQuestion } from "../client.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useSeen } from "../seen.ts";
import { useCommon } from "../texts.tsx";
import { Frame, GoLink } from "./Frame.tsx";
import { useNeighbourhood } from "./neighbourhood.tsx";

function useNotices(): readonly InboxNotice[] | undefined {
  const { community } = useNeighbourhood();
  return useQuestion("notices", { community: community.community }).answer?.notices;
}

export function Notices(): preact.JSX.Element {
  const text = useAppTexts();
  const notices = useNotices();
  const last = Math.max(0, ...(notices ?? []).map(({ made }) => made));
  useSeen(() => {
    if (last > seenNotices.get()) {
      seenNotices.set(last);
    }
  }, [last]);
  const old = notices?.filter(({ expired }) => expired) ?? [];
  return (
    <Frame heading={text("notices.heading")}>
      <Paragraph>{text("notices.intro")}</Paragraph>
      {notices?.length === 0 && <Paragraph>{text("notices.none")}</Paragraph>}
      {notices?.filter(({ expired }) => !expired).map((each) => <NoticeView key={each.event} notice={each} />)}
      {old.length > 0 && (
        <details class="kring-details">
          <summary>{text("notices.old", { n: old.length })}</summary>
          {old.map((each) => <NoticeView key={each.event} notice={each} />)}
        </details>
      )}
    </Frame>
  );
}

function NoticeView({ notice }: { notice: InboxNotice }): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { kind, name, by, title, text: words, made, until } = notice;
  const date = dateOf(made, language);
  const from = by === undefined ? text("notices.from", { name, date }) : text("notices.by", { by, name, date });
  return (
    <article class="kring-message">
      <Heading level={2}><span dir="auto">{title}</span></Heading>
      <p class="kring-message__from">{`${text(`notices.${kind}`)} · ${from}`}</p>
      <Written>{words}</Written>
      {until !== undefined && (
        <p class="kring-message__from">{text("notices.until", { date: dateOf(until, language) })}</p>
      )}
    </article>
  );
}

/** That there is something new, above the concerns. */
export function NewNotices(): preact.JSX.Element | null {
  const text = useAppTexts();
  const seen = seenNotices.get();
  const n = useNotices()?.filter(({ expired, made }) => !expired && made > seen).length ?? 0;
  return n === 0 ? null : (
    <Notice kind="info">
      <GoLink to="notices">{text("notices.new", { n })}</GoLink>
    </Notice>
  );
}

/** On the neighbourhood's page. */
export function NoticesLink(): preact.JSX.Element {
  const text = useAppTexts();
  return (
    <section>
      <Heading level={2}>{text("notices.heading")}</Heading>
      <NewNotices />
      <Paragraph><GoLink to="notices">{text("notices.open")}</GoLink></Paragraph>
    </section>
  );
}
