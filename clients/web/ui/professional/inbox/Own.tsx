/* One's own inbox: how others know it, until when it is valid, what can be done with it; and its poster. */
import type { OwnInbox } from "../../../src/core/professional.ts";
import { dateOf } from "../../../src/i18n/dates.ts";
import { reportPath } from "../../../src/inbox/links.ts";
import { router } from "../../app/routes.ts";
import { useOwnInboxes } from "../../app/inboxes.tsx";
import { useQuestion, useRoute } from "../../client.tsx";
import { Actions, Button } from "../../components/Button.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Qr } from "../../components/Qr.tsx";
import { Summary } from "../../components/Summary.tsx";
import { Heading, Paragraph, Written } from "../../components/Text.tsx";
import { Frame, GoLink } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { Begin, Ways } from "./Begin.tsx";
import { useOwnInbox } from "./own.ts";
import { FormerDigits } from "./Paper.tsx";

/** The administrators' clients renew it so long before. */
const SOON_MS = 30 * 86_400_000;

export function Own(): preact.JSX.Element {
  const own = useOwnInbox();
  return own === undefined ? <Begin /> : <Overview key={own.inbox} own={own} />;
}

function Validity({ expires, moved }: OwnInbox): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const { language } = useCommon();
  if (moved) {
    return <Notice kind="warning" isNews>{text("inbox.move.moved")}</Notice>;
  }
  const left = expires - Date.now();
  if (left > SOON_MS) {
    return null;
  }
  return left > 0
    ? <Notice kind="warning">{text("inbox.own.expiresSoon", { date: dateOf(expires, language) })}</Notice>
    : <Notice kind="error">{text("inbox.own.expired")}</Notice>;
}

const MADE = {
  yes: "inbox.digits.confirmed", recovered: "inbox.recover.recovered", digits: "inbox.paper.made",
} as const;

function Overview({ own }: { own: OwnInbox }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { language } = useCommon();
  const made = useRoute(router).params?.made;
  const others = useOwnInboxes().filter(({ inbox }) => inbox !== own.inbox);
  const params = { inbox: own.inbox };
  return (
    <Frame heading={own.name}>
      {made !== undefined && made in MADE && (
        <Notice kind="ok" isNews>{text(MADE[made as keyof typeof MADE])}</Notice>
      )}
      <FormerDigits own={own} />
      <Validity {...own} />
      <ul class="kring-list">
        {!own.moved && <li><GoLink to="inbox-poster" params={params}>{text("inbox.own.poster")}</GoLink></li>}
        <li><GoLink to="inbox-notices" params={params}>{text("inbox.own.notices")}</GoLink></li>
        <li><GoLink to="inbox-team" params={params}>{text("inbox.own.team")}</GoLink></li>
        <li><GoLink to="inbox-settings" params={params}>{text("inbox.own.settings")}</GoLink></li>
      </ul>
      <Summary
        rows={[
          { id: "role", name: text("inbox.own.role"), value: text(own.administrator ? "inbox.own.administrator" : "inbox.own.member") },
          { id: "expires", name: text("inbox.own.expires"), value: dateOf(own.expires, language) },
          { id: "fingerprint", name: text("inbox.own.fingerprint"), value: <span class="kring-digits">{own.fingerprint}</span> },
          { id: "link", name: text("inbox.own.link"), value: <span class="kring-letter__link">{own.link}</span> },
        ]}
      />
      {own.link !== undefined && !own.moved && (
        <>
          <Paragraph>{text("inbox.own.trust")}</Paragraph>
          <Actions>
            <CopyButton content={own.link} label={text("inbox.own.copy")} copied={text("inbox.copied")} />
          </Actions>
          <Qr content={own.link} label={text("inbox.own.qr")} />
        </>
      )}
      {others.length > 0 && (
        <section>
          <Heading level={2}>{text("inbox.own.others")}</Heading>
          <ul class="kring-list">
            {others.map(({ inbox, name }) => (
              <li key={inbox}><GoLink to="inbox" params={{ inbox }}>{name}</GoLink></li>
            ))}
          </ul>
        </section>
      )}
      <Heading level={2}>{text("inbox.own.more")}</Heading>
      <Ways />
    </Frame>
  );
}

/** What is printed is the poster alone. */
export function Poster(): preact.JSX.Element {
  const own = useOwnInbox();
  return own?.link === undefined || own.moved ? <Own /> : <PosterOf own={own} link={location.origin + reportPath(own.link)} />;
}

function PosterOf({ own, link }: { own: OwnInbox; link: string }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { answer } = useQuestion("inbox", { inbox: own.inbox });
  return (
    <Frame heading={text("inbox.poster.of", { name: own.name })} hasPaper>
      <div class="kring-screen">
        <Notice kind="info">{text("inbox.poster.screen")}</Notice>
        <Actions>
          <Button onClick={() => window.print()}>{text("inbox.print")}</Button>
          <CopyButton content={link} label={text("inbox.own.copy")} copied={text("inbox.copied")} />
        </Actions>
      </div>
      <section class="kring-letter kring-poster">
        <p class="kring-poster__danger">{text("inbox.poster.danger")}</p>
        <Heading level={2}>{text("inbox.poster.heading")}</Heading>
        <p class="kring-poster__tell">{text("inbox.poster.tell", { name: own.name })}</p>
        {answer !== undefined && <Written>{answer.settings.about}</Written>}
        <Paragraph>{text("inbox.poster.how")}</Paragraph>
        <Qr content={link} label={text("inbox.poster.qr", { name: own.name })} />
        <p class="kring-letter__link" dir="ltr">{link}</p>
        <p class="kring-digits">{text("inbox.poster.fingerprint", { fingerprint: own.fingerprint })}</p>
        {answer !== undefined && <Paragraph>{text("inbox.poster.call", { call: answer.settings.call })}</Paragraph>}
      </section>
    </Frame>
  );
}
