/* Something that everybody in the neighbourhood has to know. It stands among the concerns. */
import { notLonger, required } from "../../src/form/validate.ts";
import { GivenBack, KeptLine, useDraft } from "../app/drafts.tsx";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useSending } from "../client.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { TEXT_MAX } from "../resident/Own.tsx";
import { useCommon } from "../texts.tsx";

export function Announce(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const draft = useDraft("announcement", { community: community.community });
  const { isReady, keeper } = draft;
  const value = draft.fields["words"] ?? "";
  const announce = async (): Promise<void> => {
    const { group } = community;
    if (group !== undefined) {
      await keeper.send((kept) => client.command("post", { group, kind: "announcement", text: value.trim(), kept }));
    }
  };
  const leave = (): void => {
    if (router.route.screen === "announce") {
      router.replace("home");
    }
  };
  return (
    <Frame heading={text("announce.heading")}>
      <Paragraph>{text("announce.intro", { place: community.name })}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <GivenBack draft={draft} />
      <Form
        submit={text("announce.done")}
        isBusy={isBusy || !isReady}
        check={() => ({ announcement: required(value) ?? notLonger(value, TEXT_MAX) })}
        onSubmit={() => run(announce, leave)}
      >
        {(errorOf) => (
          <TextArea
            id="announcement"
            label={text("announce.text")}
            hint={text("announce.hint")}
            error={errorOf("announcement")}
            maxLength={TEXT_MAX}
            value={value}
            onInput={(words) => keeper.change({ words })}
          />
        )}
      </Form>
      <KeptLine draft={draft} />
    </Frame>
  );
}
