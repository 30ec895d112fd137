/* Who is in the neighbourhood, and whether it is really them. */
import type { Member } from "../../src/core/commands.ts";
import { dateOf } from "../../src/i18n/dates.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useQuestion, useRoute } from "../client.tsx";
import { Notice } from "../components/Notice.tsx";
import { Summary } from "../components/Summary.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { MemberActs } from "../coordinator/MemberActs.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, GoLink } from "./Frame.tsx";
import { useNeighbourhood } from "./neighbourhood.tsx";

type AppTexts = ReturnType<typeof useAppTexts>;

export const memberName = ({ name, me }: Member, text: AppTexts): string =>
  me ? `${name} ${text("members.you")}` : name || text("message.nameless");

const byName = (a: Member, b: Member): number => a.name.localeCompare(b.name);

/** What is to be said of a member besides the name. */
function notesOf(member: Member, text: AppTexts): string[] {
  return [
    text(member.role === "coordinator" ? "members.coordinator" : "members.resident"),
    ...(member.same_name ? [text("members.sameName")] : []),
    ...(member.in_group ? [] : [text("members.waiting")]),
    ...(member.muted_until !== undefined && member.muted_until > Date.now() ? [text("members.muted")] : []),
  ];
}

export function Members(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("members", { community: community.community });
  return (
    <Frame heading={text("members.heading", { place: community.name })}>
      <ul class="kring-list">
        {[...(answer?.members ?? [])].sort(byName).map((member) => (
          <li key={member.account}>
            {member.me
              ? <strong dir="auto">{memberName(member, text)}</strong>
              : <GoLink to="member" params={{ account: member.account }}>{memberName(member, text)}</GoLink>}
            <br />
            {notesOf(member, text).join(" · ")}
          </li>
        ))}
      </ul>
    </Frame>
  );
}

export function MemberPage(): preact.JSX.Element {
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const account = useRoute(router).params?.account ?? "";
  const { answer } = useQuestion("members", { community: community.community });
  const { answer: safety, error } = useQuestion("safety", { community: community.community, account });
  const member = answer?.members.find((each) => each.account === account);
  if (member === undefined) {
    return <Frame heading={text("members.heading", { place: community.name })}>{null}</Frame>;
  }
  const name = memberName(member, text);
  return (
    <Frame heading={name}>
      <Summary
        rows={[
          { id: "role", name: text("members.role"), value: notesOf(member, text).join(" · ") },
          { id: "since", name: text("members.since"), value: dateOf(member.since, language) },
        ]}
      />
      <Heading level={2}>{text("member.safety")}</Heading>
      <Paragraph>{text("member.safetyWhy", { name })}</Paragraph>
      {safety !== undefined && (
        <p class="kring-digits kring-digits--large" dir="ltr">{groupDigits(safety.number)}</p>
      )}
      {error !== undefined && (
        <Notice kind="info">{error === "not_found" ? text("member.safetyNone", { name }) : textOfError(error)}</Notice>
      )}
      {safety !== undefined && <Paragraph>{text("member.safetyHow")}</Paragraph>}
      {community.role === "coordinator" && <MemberActs community={community.community} member={member} />}
    </Frame>
  );
}

/** Sixty digits by five, to be read aloud. */
const groupDigits = (digits: string): string => digits.replace(/\D/g, "").replace(/(\d{5})(?=\d)/g, "$1 ");
