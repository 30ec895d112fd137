/* Making an inbox: what people see, when the team works, what it promises; everything to check; and the
 * operator's code. */
import { useState } from "preact/hooks";

import { required } from "../../../src/form/validate.ts";
import {
  aboutFaults, aboutSettings, deadlineFaults, deadlineSettings, type DraftFaults, hoursFaults, hoursSettings, limitFaults,
  type InboxDraft, newDraft,
} from "../../../src/inbox/draft.ts";
import { ownZone } from "../../../src/inbox/zone.ts";
import { router } from "../../app/routes.ts";
import { useAction, useClient, useRoute } from "../../client.tsx";
import { TextField } from "../../components/Fields.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Summary } from "../../components/Summary.tsx";
import { Paragraph } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { AboutFields, DeadlineFields, HoursFields, LimitFields, type Part, useRows } from "./Fields.tsx";

const PARTS = ["about", "hours", "deadlines", "limits"] as const satisfies readonly Part[];

const FAULTS: { readonly [P in Part]: (draft: InboxDraft) => DraftFaults } = {
  about: aboutFaults, hours: hoursFaults, deadlines: deadlineFaults, limits: limitFaults,
};

const HEADINGS = {
  about: "inbox.new.heading", hours: "inbox.hours.heading", deadlines: "inbox.deadlines.heading",
  limits: "inbox.limits.heading",
} as const;

const INTROS = {
  about: "inbox.new.intro", hours: "inbox.hours.intro", deadlines: "inbox.deadlines.intro",
  limits: "inbox.limits.intro",
} as const;

/** The parts are in the browser's history, so that its back button leads to the one before. */
export function NewInbox(): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common } = useCommon();
  const [draft, setDraft] = useState(() => newDraft(ownZone()));
  const { params } = useRoute(router);
  const part = PARTS.find((each) => each === (params?.part ?? "about"));
  if (part === undefined) {
    return <Check draft={draft} />;
  }
  // After "change" one comes back to the answers.
  const next = params?.returns === "yes" ? "check" : PARTS[PARTS.indexOf(part) + 1] ?? "check";
  const change = (answers: Partial<InboxDraft>): void => setDraft((before) => ({ ...before, ...answers }));
  return (
    <Frame heading={text(HEADINGS[part])}>
      <Paragraph>{text(INTROS[part])}</Paragraph>
      <Form
        key={part}
        submit={common("page.next")}
        check={() => FAULTS[part](draft)}
        onSubmit={() => router.go("inbox-new", { part: next })}
      >
        {(errorOf) => {
          const props = { draft, change, errorOf };
          switch (part) {
            case "about":
              return <AboutFields {...props} />;
            case "hours":
              return <HoursFields {...props} />;
            case "deadlines":
              return <DeadlineFields {...props} hasFallback={false} />;
            case "limits":
              return <LimitFields {...props} />;
          }
        }}
      </Form>
    </Frame>
  );
}

function Check({ draft }: { draft: InboxDraft }): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [code, setCode] = useState("");
  const rows = useRows(draft, false);
  const make = async (): Promise<void> => {
    const { inbox, recovery } = await client.command("inbox_create", {
      grant: code.trim(),
      settings: {
        ...aboutSettings(draft), ...hoursSettings(draft, Date.now()), ...deadlineSettings(draft), ...draft.limits,
      },
    });
    // The digits are in memory only, and given once.
    router.replace("inbox-made", { inbox, recovery });
  };
  return (
    <Frame heading={text("inbox.new.check")}>
      <Paragraph>{text("inbox.new.checkText")}</Paragraph>
      <Summary
        rows={rows.map(({ part, ...row }) => ({
          ...row, onChange: () => router.go("inbox-new", { part, returns: "yes" }),
        }))}
      />
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isBusy && <Progress label={text("inbox.new.making")} />}
      <Form
        submit={text("inbox.new.done")}
        isBusy={isBusy}
        check={() => ({ code: required(code) })}
        onSubmit={() => run(make)}
      >
        {(errorOf) => (
          <TextField
            id="code"
            label={text("inbox.new.code")}
            hint={text("inbox.new.codeHint")}
            error={errorOf("code")}
            value={code}
            onInput={setCode}
          />
        )}
      </Form>
    </Frame>
  );
}
