/* Who reads it: the inbox of the poster, or the choice between those of the relay. */
import { useEffect, useState } from "preact/hooks";

import { momentOf } from "../../src/i18n/dates.ts";
import { chosen } from "../../src/form/validate.ts";
import { Radios } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Actions, Button, ButtonLink } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Summary } from "../components/Summary.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { type Offer, type Session, offersOf, useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";

/** Each with what the relay says of it; those that it does not know are left out. */
async function readOffers({ config, renew, where, choose }: Session): Promise<Offer[]> {
  const reporter = renew();
  const offers = offersOf(config!);
  if (offers.length === 1) {
    choose(offers[0]!); // one may go on while there is no connection
  }
  const found: Offer[] = [];
  for (const { link, pinned } of offers) {
    await reporter.command("open", { ...where(), link, pinned }).then(
      (inbox) => found.push({ link, pinned, inbox }),
      () => undefined,
    );
  }
  if (found.length === 1) {
    choose(found[0]!);
  }
  return found;
}

export function InboxScreen(): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common } = useCommon();
  const session = useSession();
  const { config, offer, router } = session;
  const [offers, setOffers] = useState<Offer[] | undefined>(offer?.inbox === undefined ? undefined : [offer]);

  useEffect(() => {
    if (config !== undefined && offers === undefined) {
      readOffers(session).then(setOffers, () => setOffers([]));
    }
  }, [config, offers === undefined]);

  const next = (): void => router.go("question", { id: "kind" });
  if (offers === undefined) {
    return (
      <Frame heading={text("inbox.heading")}>
        <Progress label={text("inbox.loading")} />
        {offer !== undefined && session.isOffline && (
          <Actions>
            <Button onClick={next}>{common("page.next")}</Button>
          </Actions>
        )}
      </Frame>
    );
  }
  if (offers.length > 1) {
    return <Choose offers={offers} next={next} />;
  }
  const inbox = offers[0]?.inbox;
  if (inbox === undefined || inbox.expired) {
    return (
      <Frame heading={text("inbox.heading")}>
        <Notice kind="error">
          {inbox === undefined ? text("inbox.none") : text("inbox.expired", { call: inbox.call })}
        </Notice>
        <Actions>
          <ButtonLink href="tel:08002000">{text("start.phoneButton")}</ButtonLink>
          {inbox === undefined && (
            <Button kind="secondary" onClick={() => setOffers(undefined)}>{common("page.again")}</Button>
          )}
        </Actions>
      </Frame>
    );
  }
  return (
    <Frame heading={text("inbox.heading")}>
      <About offer={offers[0]!} />
      <Actions>
        <Button onClick={next}>{common("page.next")}</Button>
      </Actions>
    </Frame>
  );
}

function About({ offer: { inbox, pinned } }: { offer: Offer }): preact.JSX.Element {
  const text = useReportTexts();
  const { language } = useCommon();
  return (
    <>
      <Heading level={2}>{inbox!.name}</Heading>
      <Written>{inbox!.about}</Written>
      <Paragraph>{text("sent.until", { time: momentOf(inbox!.deadlines.no_hurry, language) })}</Paragraph>
      <Notice kind={pinned ? "info" : "warning"}>{text(pinned ? "inbox.pinned" : "inbox.unpinned")}</Notice>
      <Summary rows={[{ id: "fingerprint", name: text("inbox.fingerprint"), value: inbox!.fingerprint }]} />
    </>
  );
}

/** Whichever was opened last is the machine's: the chosen one is opened again. */
function Choose({ offers, next }: { offers: Offer[]; next: () => void }): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common } = useCommon();
  const { renew, where, choose, change } = useSession();
  const [link, setLink] = useState("");
  const submit = (): void => {
    const offer = offers.find((each) => each.link === link)!;
    choose(offer);
    change({
      others: offers.filter((each) => each !== offer).map((each) => ({ link: each.link, name: each.inbox!.name })),
      excluded: [],
    });
    renew().command("open", { ...where(), link, pinned: offer.pinned })
      .then((inbox) => choose({ ...offer, inbox }), () => undefined);
    next();
  };
  return (
    <Frame heading={text("inbox.choose")}>
      <Form submit={common("page.next")} check={() => ({ inbox: chosen(link) })} onSubmit={submit}>
        {(errorOf) => (
          <>
            <Radios
              id="inbox"
              isHeading
              label={text("inbox.choose")}
              error={errorOf("inbox")}
              options={offers.filter(({ inbox }) => !inbox!.expired).map((offer) => ({
                value: offer.link, label: offer.inbox!.name, hint: offer.inbox!.about,
              }))}
              value={link}
              onChange={setLink}
            />
            {link !== "" && <About offer={offers.find((offer) => offer.link === link)!} />}
          </>
        )}
      </Form>
    </Frame>
  );
}
