/* What a coordinator may do with a member. */
import { useState } from "preact/hooks";

import type { Member } from "../../src/core/commands.ts";
import type { Id } from "../../src/core/content.ts";
import { useAppTexts } from "../app/texts.ts";
import { untilKept, useClient } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Select } from "../components/Fields.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { ReasonDialog } from "./Reason.tsx";

type Act = "mute" | "unmute" | "remove" | "grant" | "withdraw";

interface MemberActProps {
  readonly community: Id;
  readonly member: Member;
}

export function MemberActs({ community, member }: MemberActProps): preact.JSX.Element | null {
  const text = useAppTexts();
  const [act, setAct] = useState<Act | undefined>();
  const close = (): void => setAct(undefined);
  if (member.me) {
    return null;
  }
  const name = member.name || text("message.nameless");
  const isMuted = member.muted_until !== undefined && member.muted_until > Date.now();
  const acts: readonly Act[] = [
    isMuted ? "unmute" : "mute",
    member.role === "coordinator" ? "withdraw" : "grant",
    "remove",
  ];
  return (
    <section>
      <Heading level={2}>{text("acts.heading")}</Heading>
      <Actions>
        {acts.map((each) => (
          <Button key={each} kind="secondary" onClick={() => setAct(each)}>{text(`acts.${each}`, { name })}</Button>
        ))}
      </Actions>
      {(act === "mute" || act === "unmute") && (
        <Mute community={community} member={member} isMuted={act === "unmute"} onClose={close} />
      )}
      {act === "remove" && <Remove community={community} member={member} onClose={close} />}
      {(act === "grant" || act === "withdraw") && (
        <Role community={community} member={member} act={act} onClose={close} />
      )}
    </section>
  );
}

const MINUTES = { hour: 60, day: 1440, week: 10080 } as const;
type Span = keyof typeof MINUTES;

function Mute({ community, member, isMuted, onClose }: MemberActProps & {
  isMuted: boolean;
  onClose: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [span, setSpan] = useState<Span>("day");
  const { account, name } = member;
  return (
    <ReasonDialog
      heading={text(isMuted ? "acts.unmute" : "acts.mute", { name })}
      onClose={onClose}
      act={(reason) =>
        client.command("mute", { community, account, reason, minutes: isMuted ? 0 : MINUTES[span] })}
    >
      {!isMuted && (
        <Select
          id="span"
          label={text("acts.muteFor")}
          options={(["hour", "day", "week"] as const).map((value) => ({ value, label: text(`acts.${value}`) }))}
          value={span}
          onChange={(value) => setSpan(value as Span)}
        />
      )}
    </ReasonDialog>
  );
}

function Remove({ community, member, onClose }: MemberActProps & { onClose: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { account, name } = member;
  return (
    <ReasonDialog
      heading={text("acts.remove", { name })}
      onClose={onClose}
      act={(reason) => client.command("remove", { community, account, reason })}
    >
      <Paragraph>{text("acts.removeText", { name })}</Paragraph>
    </ReasonDialog>
  );
}

function Role({ community, member, act, onClose }: MemberActProps & {
  act: "grant" | "withdraw";
  onClose: () => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { account, name } = member;
  return (
    <Confirm
      heading={text(`acts.${act}`, { name })}
      done={text(`acts.${act}`, { name })}
      act={() => untilKept(client, client.command(act, { community, account }))}
      onClose={onClose}
    >
      <Paragraph>{act === "grant" ? text("acts.grantText", { name }) : text("acts.sure")}</Paragraph>
    </Confirm>
  );
}
