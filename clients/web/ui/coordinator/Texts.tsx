/* The rules, the guidance and the pace of a neighbourhood. */
import { useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useSending } from "../client.tsx";
import { Checkboxes, Select, TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useEdited } from "../edited.ts";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";

/** Characters; the core's limit is 16000 bytes. */
const LONG_TEXT_MAX = 5000;

export function Texts(): preact.JSX.Element {
  const text = useAppTexts();
  return (
    <Frame heading={text("texts.heading")}>
      <Rules />
      <GuidanceForm />
    </Frame>
  );
}

/** What a form of these screens says when it is done or refused. */
function Outcome({ error, isSaved }: { error: string | undefined; isSaved: boolean }): preact.JSX.Element | null {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  if (error !== undefined) {
    return <Notice kind="error" isNews>{textOfError(error)}</Notice>;
  }
  return isSaved ? <Notice kind="ok" isNews>{text("saved")}</Notice> : null;
}

function Rules(): preact.JSX.Element | null {
  const { community } = useNeighbourhood();
  const { answer, error } = useQuestion("rules", { community: community.community }); // "not_found": none yet
  return answer === undefined && error === undefined ? null : <RulesForm saved={answer?.text ?? ""} />;
}

function RulesForm({ saved }: { saved: string }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const [value, setValue] = useEdited(saved);
  const [isSaved, setSaved] = useState(false);
  const save = async (): Promise<void> => {
    setSaved(false);
    await client.command("set_rules", { community: community.community, text: value.trim() });
    setSaved(true);
  };
  return (
    <section>
      <Outcome error={error} isSaved={isSaved} />
      <Form
        submit={text("save")}
        isBusy={isBusy}
        check={() => ({ rules: required(value) ?? notLonger(value, LONG_TEXT_MAX) })}
        onSubmit={() => run(save)}
      >
        {(errorOf) => (
          <TextArea
            id="rules"
            label={text("texts.rules")}
            hint={text("texts.rulesHint")}
            error={errorOf("rules")}
            maxLength={LONG_TEXT_MAX}
            value={value}
            onInput={setValue}
          />
        )}
      </Form>
    </section>
  );
}

function GuidanceForm(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const [value, setValue] = useState("");
  const [where, setWhere] = useState<readonly string[]>(["pin"]);
  const [isSaved, setSaved] = useState(false);
  const give = async (): Promise<void> => {
    setSaved(false);
    await client.command("guide", {
      community: community.community, text: value.trim(), pinned: where.includes("pin"),
    });
    setValue("");
    setSaved(true);
  };
  return (
    <section>
      <Heading level={2}>{text("texts.guide")}</Heading>
      <Outcome error={error} isSaved={isSaved} />
      <Form
        submit={text("texts.guideDone")}
        isBusy={isBusy}
        check={() => ({ guide: required(value) ?? notLonger(value, LONG_TEXT_MAX) })}
        onSubmit={() => run(give)}
      >
        {(errorOf) => (
          <>
            <TextArea
              id="guide"
              label={text("texts.guide")}
              hint={text("texts.guideHint")}
              error={errorOf("guide")}
              maxLength={LONG_TEXT_MAX}
              value={value}
              onInput={setValue}
            />
            <Checkboxes
              id="pinned"
              label={text("texts.pinned")}
              options={[{ value: "pin", label: text("texts.pin") }]}
              values={where}
              onChange={setWhere}
            />
          </>
        )}
      </Form>
    </section>
  );
}

const SECONDS = { none: 0, halfMinute: 30, minutes: 300, hour: 3600 } as const;
const PACES = ["none", "halfMinute", "minutes", "hour"] as const;
type Pace = (typeof PACES)[number];

export function SlowMode(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const current = PACES.find((each) => SECONDS[each] >= community.slow_mode) ?? "hour";
  const [pace, setPace] = useState<Pace>(current);
  const [isSaved, setSaved] = useState(false);
  const save = async (): Promise<void> => {
    setSaved(false);
    await client.command("slow_mode", { community: community.community, seconds: SECONDS[pace] });
    setSaved(true);
  };
  return (
    <Frame heading={text("slow.heading")}>
      <Paragraph>{text("slow.intro")}</Paragraph>
      <Outcome error={error} isSaved={isSaved} />
      <Form submit={text("save")} isBusy={isBusy} check={() => ({})} onSubmit={() => run(save)}>
        {() => (
          <Select
            id="pace"
            label={text("slow.label")}
            options={PACES.map((value) => ({ value, label: text(`slow.${value}`) }))}
            value={pace}
            onChange={(value) => setPace(value as Pace)}
          />
        )}
      </Form>
    </Frame>
  );
}
