/* The neighbourhood: guidance, rules, who can be told something in confidence, leaving. */
import { reportPath } from "../../src/inbox/links.ts";
import { REPORTING } from "../app/reporting.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useSending } from "../client.tsx";
import { Actions, Button, Link } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { Offer } from "../coordinator/Offer.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { isMember, useNeighbourhood, usePlace } from "./neighbourhood.tsx";
import { NoticesLink } from "./Notices.tsx";

export function CommunityPage(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const isThere = usePlace() !== undefined; // to say something in
  return (
    <Frame heading={community.name}>
      <Paragraph>{text("community.people", { n: community.members })}</Paragraph>
      <Actions>
        <Button kind="secondary" onClick={() => router.go("members")}>{text("community.members")}</Button>
      </Actions>
      {community.group !== undefined && <GuidanceList group={community.group} />}
      <NoticesLink />
      <Rules />
      <Inboxes />
      {isThere && community.role === "resident" && <Offer community={community.community} />}
      <Others />
      <Actions>
        <Button kind="subtle" onClick={() => router.go("leave")}>{text("community.leave")}</Button>
      </Actions>
    </Frame>
  );
}

function GuidanceList({ group }: { group: string }): preact.JSX.Element {
  const text = useAppTexts();
  const { answer } = useQuestion("guidance", { group });
  return (
    <section>
      <Heading level={2}>{text("community.guidance")}</Heading>
      {answer?.guidance.length === 0 && <Paragraph>{text("community.noGuidance")}</Paragraph>}
      {answer?.guidance.map((each) => (
        <article class="kring-message" key={each.time}>
          {each.pinned && <p class="kring-message__line">{text("community.pinned")}</p>}
          <Written>{each.text}</Written>
        </article>
      ))}
    </section>
  );
}

function Rules(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("rules", { community: community.community });
  return (
    <section>
      <Heading level={2}>{text("community.rules")}</Heading>
      {answer === undefined || answer.text === undefined || answer.text === ""
        ? <Paragraph>{text("community.noRules")}</Paragraph>
        : <Written>{answer.text}</Written>}
    </section>
  );
}

function Inboxes(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("inboxes", { community: community.community });
  const { answer: warnings } = useQuestion("alarms", {});
  const isReplaced = warnings?.alarms.some(({ name, topic, dismissed }) =>
    name === "inbox_replaced" && topic === `g.${community.group}` && !dismissed);
  return (
    <section>
      <Heading level={2}>{text("community.inboxes")}</Heading>
      {isReplaced === true && <Notice kind="error">{text("alarms.inbox")}</Notice>}
      {answer?.inboxes.length === 0 && <Paragraph>{text("community.noInboxes")}</Paragraph>}
      <ul class="kring-list">
        {answer?.inboxes.map(({ identity_key: key, name, fingerprint, link }) => (
          <li key={key}>
            <strong dir="auto">{name}</strong>
            <br />
            <span class="kring-digits">{text("community.fingerprint", { fingerprint })}</span>
            {link !== undefined && (
              <>
                <br />
                <Link href={reportPath(link)} {...REPORTING}>{text("community.tell", { name })}</Link>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who is in several neighbourhoods goes from one to the other here. */
function Others(): preact.JSX.Element | null {
  const text = useAppTexts();
  const { community, communities, choose } = useNeighbourhood();
  const others = communities.filter((each) => isMember(each) && each.community !== community.community);
  return others.length === 0 ? null : (
    <section>
      <Heading level={2}>{text("community.others")}</Heading>
      <Actions>
        {others.map((each) => (
          <Button key={each.community} kind="secondary" onClick={() => choose(each.community)}>
            {text("community.switch", { name: each.name })}
          </Button>
        ))}
      </Actions>
    </section>
  );
}

export function Leave(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const leave = async (): Promise<void> => {
    await client.command("leave", { community: community.community });
    router.clear();
  };
  return (
    <Frame heading={text("leave.heading", { place: community.name })}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Paragraph>{text("leave.text")}</Paragraph>
      <Paragraph>{text("leave.after")}</Paragraph>
      <Actions>
        <Button kind="danger" isBusy={isBusy} onClick={() => run(leave)}>{text("leave.done")}</Button>
        <Button kind="secondary" onClick={() => router.back()}>{common("page.cancel")}</Button>
      </Actions>
    </Frame>
  );
}
