/* What comes before the app: choosing the code, opening with it, waiting. */
import { useState } from "preact/hooks";

import { notShorter, required } from "../../src/form/validate.ts";
import { useAction, useClient, useTabState } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { type Faults, Form } from "../components/Form.tsx";
import { TextField } from "../components/Fields.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { useCommon } from "../texts.tsx";
import { Home } from "./Home.tsx";
import { SHORTEST_CODE } from "./code.ts";
import { NewVersion } from "./NewVersion.tsx";
import { Placed } from "./place.tsx";
import { useAppTexts } from "./texts.ts";
import { Vouch } from "./Vouch.tsx";

export function Gate(): preact.JSX.Element {
  return (
    <>
      <Screen />
      <Vouch />
    </>
  );
}

function Screen(): preact.JSX.Element {
  const { tab, error } = useTabState();
  const text = useAppTexts();
  const { text: common, textOfError } = useCommon();
  switch (tab) {
    case "empty":
      return <CodePage kind="create" />;
    case "locked":
      return <CodePage kind="unlock" />;
    case "leading":
    case "following":
      return <Placed><Home /></Placed>;
    case "starting":
      return (
        <Page heading={common("page.loading")}>
          <Progress label={common("page.loading")} />
        </Page>
      );
    case "opening":
      return (
        <Page heading={common("page.loading")}>
          <Progress label={text("opening")} />
        </Page>
      );
    case "elsewhere":
      return (
        <Page heading={text("unlock.heading")}>
          <Notice kind="info">{text("elsewhere")}</Notice>
        </Page>
      );
    case "failed":
      return (
        <Page heading={text("unlock.heading")}>
          <Notice kind="error">{textOfError(error ?? "internal")}</Notice>
          <Actions>
            <Button onClick={() => location.reload()}>{common("page.again")}</Button>
          </Actions>
        </Page>
      );
  }
}

function CodePage({ kind }: { kind: "create" | "unlock" }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [code, setCode] = useState("");
  const check = (): Faults => ({
    code: required(code) ?? (kind === "create" ? notShorter(code, SHORTEST_CODE) : undefined),
  });

  return (
    <Page heading={text(`${kind}.heading`)} footer={<Footer />}>
      <NewVersion />
      {kind === "create" && <Paragraph>{text("create.intro")}</Paragraph>}
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text(`${kind}.done`)}
        isBusy={isBusy}
        check={check}
        onSubmit={() => run(() => (kind === "create" ? client.create(code) : client.unlock(code)))}
      >
        {(errorOf) => (
          <TextField
            id="code"
            type="password"
            label={text(`${kind}.code`)}
            hint={kind === "create" ? text("create.codeHint") : undefined}
            error={errorOf("code")}
            autoComplete={kind === "create" ? "new-password" : "current-password"}
            value={code}
            onInput={setCode}
          />
        )}
      </Form>
    </Page>
  );
}
