/* The first screen: the neighbourhoods that one is in. */
import { useClient, useQuestion } from "../client.tsx";
import { Actions, Button, ButtonLink } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Heading } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { useCommon } from "../texts.tsx";
import { useAppTexts } from "./texts.ts";

export function Home(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { answer, error } = useQuestion("communities", {});
  return (
    <Page heading={text("home.heading")} footer={<Footer />}>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {answer?.communities.length === 0 && <Notice kind="info">{text("home.none")}</Notice>}
      {answer?.communities.map(({ community, name }) => (
        <Heading key={community} level={2}>
          {name}
        </Heading>
      ))}
      <Actions>
        <ButtonLink href="/melden">{text("home.report")}</ButtonLink>
        <Button kind="subtle" onClick={() => void client.lock()}>
          {text("lock")}
        </Button>
      </Actions>
    </Page>
  );
}
