/* The moderation log: who did what, and why. */
import type { LogEntry } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { useQuestion } from "../client.tsx";
import { Table } from "../components/Table.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";

/** What has words of its own; an event and its signed statement say the same. */
const WORDS = {
  founded: "founded", invited: "invited", invite_revoked: "invite_revoked", invite_revoke: "invite_revoked",
  requested: "requested", admitted: "admitted", refused: "refused", role: "role", removed: "removed",
  remove: "removed", left: "left", leave: "left", rules: "rules", notice: "notice", muted: "muted",
  mute: "muted", take_down: "take_down", guidance: "guidance",
} as const;

export function Log(): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("log", { community: community.community });
  const { answer: members } = useQuestion("members", { community: community.community });
  const nameOf = (account: string | undefined): string =>
    account === undefined ? ""
      : members?.members.find((each) => each.account === account)?.name || text("log.somebody");
  const whatOf = ({ what }: LogEntry): string =>
    text(what in WORDS ? `log.${WORDS[what as keyof typeof WORDS]}` : "log.other");
  return (
    <Frame heading={text("log.heading")} isWide>
      <Paragraph>{text("log.intro")}</Paragraph>
      <Table
        caption={text("log.heading")}
        columns={[text("log.when"), text("log.what"), text("log.who"), text("log.whom"), text("log.why")]}
        rows={[...(answer?.entries ?? [])].reverse().map((entry) => ({
          id: String(entry.seq),
          cells: [
            momentOf(entry.time, language), whatOf(entry), nameOf(entry.by), nameOf(entry.account),
            entry.reason ?? "",
          ],
        }))}
      />
    </Frame>
  );
}
