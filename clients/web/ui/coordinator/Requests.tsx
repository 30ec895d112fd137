/* Who asks to join, and the answer to them. */
import { useState } from "preact/hooks";

import type { JoinRequest } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";
import { ReasonDialog } from "./Reason.tsx";

export function Requests(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("requests", { community: community.community });
  const { isBusy, error, run } = useSending();
  const [admitted, setAdmitted] = useState<string | undefined>();
  const [refusing, setRefusing] = useState<JoinRequest | undefined>();
  const admit = async ({ account, name }: JoinRequest): Promise<void> => {
    await client.command("admit", { community: community.community, account });
    setAdmitted(name);
  };
  return (
    <Frame heading={text("requests.heading")}>
      <Paragraph>{text("requests.intro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {admitted !== undefined && <Notice kind="ok" isNews>{text("requests.admitted", { name: admitted })}</Notice>}
      {answer?.requests.length === 0 && <Paragraph>{text("requests.none")}</Paragraph>}
      {answer?.requests.map((request) => (
        <article class="kring-message" key={request.account}>
          <Heading level={2}>{request.name}</Heading>
          <Written>{request.check}</Written>
          <p class="kring-message__from">
            {text("requests.asked", { when: momentOf(request.asked, language) })}
          </p>
          <Actions>
            <Button isBusy={isBusy} onClick={() => run(() => admit(request))}>
              {text("requests.admit", { name: request.name })}
            </Button>
            <Button kind="secondary" onClick={() => setRefusing(request)}>
              {text("requests.refuse", { name: request.name })}
            </Button>
          </Actions>
        </article>
      ))}
      {refusing !== undefined && (
        <ReasonDialog
          heading={text("requests.refuse", { name: refusing.name })}
          hint={text("requests.refuseHint", { name: refusing.name })}
          onClose={() => setRefusing(undefined)}
          act={(reason) =>
            client.command("refuse", { community: community.community, account: refusing.account, reason })}
        />
      )}
    </Frame>
  );
}
