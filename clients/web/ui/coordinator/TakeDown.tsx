import { useState } from "preact/hooks";

import type { Message } from "../../src/core/commands.ts";
import type { Id } from "../../src/core/content.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Paragraph } from "../components/Text.tsx";
import { ReasonDialog } from "./Reason.tsx";

/** A message that breaks the rules, away for everybody. */
export function TakeDown({ community, group, message }: {
  community: Id;
  group: Id;
  message: Message;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [isAsking, setAsking] = useState(false);
  const { author, event } = message;
  return (
    <>
      <Button kind="subtle" onClick={() => setAsking(true)}>{text("takeDown.button")}</Button>
      {isAsking && (
        <ReasonDialog
          heading={text("takeDown.heading")}
          onClose={() => setAsking(false)}
          act={(reason) => client.command("take_down", { community, group, author, event, reason })}
        >
          <Paragraph>{text("takeDown.text")}</Paragraph>
        </ReasonDialog>
      )}
    </>
  );
}
