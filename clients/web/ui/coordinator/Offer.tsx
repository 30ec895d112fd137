/* A resident who wants to become coordinator. */
import { useState } from "preact/hooks";

import { useAppTexts } from "../app/texts.ts";
import { useClient, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";

export function Offer({ community }: { community: string }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [isDone, setDone] = useState(false);
  const offer = async (): Promise<void> => {
    await client.command("offer_coordinator", { community });
    setDone(true);
  };
  return (
    <section>
      <Heading level={2}>{text("coord.offer")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isDone
        ? <Notice kind="ok" isNews>{text("coord.offered")}</Notice>
        : (
          <>
            <Paragraph>{text("coord.offerText")}</Paragraph>
            <Actions>
              <Button kind="secondary" isBusy={isBusy} onClick={() => run(offer)}>{text("coord.offerDone")}</Button>
            </Actions>
          </>
        )}
    </section>
  );
}
