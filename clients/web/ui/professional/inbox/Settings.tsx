/* The settings of an inbox, in four parts that are saved each by itself. */
import { useEffect, useState } from "preact/hooks";

import type { InboxSettings, OwnInbox } from "../../../src/core/professional.ts";
import {
  aboutFaults, aboutSettings, deadlineFaults, deadlineSettings, type DraftFaults, draftOf, hoursFaults,
  hoursSettings, type InboxDraft, limitFaults,
} from "../../../src/inbox/draft.ts";
import { offsetsOf } from "../../../src/inbox/zone.ts";
import { router } from "../../app/routes.ts";
import { useAction, useClient, useQuestion } from "../../client.tsx";
import { Form } from "../../components/Form.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Summary } from "../../components/Summary.tsx";
import { Heading, Paragraph } from "../../components/Text.tsx";
import { Frame } from "../../resident/Frame.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";
import { Begin } from "./Begin.tsx";
import { AboutFields, DeadlineFields, HoursFields, LimitFields, type Part, type PartProps, useRows } from "./Fields.tsx";
import { Digits } from "./Digits.tsx";
import { Move } from "./Move.tsx";
import { useOwnInbox } from "./own.ts";
import { Paper } from "./Paper.tsx";

export function Settings(): preact.JSX.Element {
  const own = useOwnInbox();
  return own === undefined ? <Begin /> : <SettingsOf key={own.inbox} own={own} />;
}

function SettingsOf({ own }: { own: OwnInbox }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common, textOfError } = useCommon();
  const { answer, error } = useQuestion("inbox", { inbox: own.inbox });
  const client = useClient();
  const make = useAction();
  const [digits, setDigits] = useState<string | undefined>();
  const settings = answer?.settings;
  const makeDigits = async (): Promise<void> => setDigits((await client.command("recovery_digits", {})).recovery);
  if (digits !== undefined) {
    const replace = async (): Promise<void> => {
      await client.command("inbox_recovery_key", { inbox: own.inbox, recovery: digits });
      router.replace("inbox", { inbox: own.inbox, made: "digits" });
    };
    const done = (): void => {
      setDigits(undefined);
      make.run(replace);
    };
    return <Digits recovery={digits} own={own} onDone={done} />;
  }
  return (
    <Frame heading={text("inbox.settings.heading", { name: own.name })}>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {make.error !== undefined && <Notice kind="error" isNews>{textOfError(make.error)}</Notice>}
      {settings === undefined && error === undefined && <Progress label={common("page.loading")} />}
      {settings !== undefined && (own.administrator && !own.moved
        ? (
          <>
            <PartForm part="about" own={own} settings={settings} />
            <PartForm part="hours" own={own} settings={settings} />
            <PartForm part="deadlines" own={own} settings={settings} />
            <PartForm part="limits" own={own} settings={settings} />
            <Paper
              hasDigits={answer?.recovery === true}
              hasFormer={answer?.former_until !== undefined}
              isBusy={make.isBusy}
              onMake={() => make.run(makeDigits)}
            />
            <Move own={own} />
          </>
        )
        : <ReadOnly own={own} settings={settings} />)}
    </Frame>
  );
}

interface SettingsProps {
  readonly own: OwnInbox;
  readonly settings: InboxSettings;
}

function ReadOnly({ own, settings }: SettingsProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  const rows = useRows(draftOf(settings), own.fallback !== undefined);
  return (
    <>
      <Paragraph>{text(own.moved ? "inbox.move.moved" : "inbox.settings.notAdministrator")}</Paragraph>
      <Summary rows={rows} />
    </>
  );
}

const HEADINGS = {
  about: "inbox.settings.about", hours: "inbox.hours.heading", deadlines: "inbox.deadlines.heading",
  limits: "inbox.limits.heading",
} as const;

const FAULTS: { readonly [P in Part]: (draft: InboxDraft) => DraftFaults } = {
  about: aboutFaults, hours: hoursFaults, deadlines: deadlineFaults, limits: limitFaults,
};

/** What each part changes. */
const FIELDS = {
  about: ["name", "about", "call"], hours: ["zone", "days", "closed"], deadlines: ["deadlines"], limits: ["limits"],
} as const satisfies { readonly [P in Part]: readonly (keyof InboxDraft)[] };

/** The offsets of the inbox's zone go with every change, since every change makes a record that is valid for
 * a year. */
function changed(part: Part, draft: InboxDraft, { zone }: InboxSettings): Partial<InboxSettings> {
  switch (part) {
    case "about":
      return { ...aboutSettings(draft), offsets: offsetsOf(zone, Date.now()) };
    case "hours":
      return hoursSettings(draft, Date.now());
    case "deadlines":
      return { ...deadlineSettings(draft), offsets: offsetsOf(zone, Date.now()) };
    case "limits":
      return { ...draft.limits, offsets: offsetsOf(zone, Date.now()) };
  }
}

function PartForm({ part, own, settings }: SettingsProps & { part: Part }): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [draft, setDraft] = useState(() => draftOf(settings));
  const [isSaved, setSaved] = useState(false);
  // Another administrator may have changed them meanwhile; what another part saves, changes nothing here.
  const saved = draftOf(settings);
  const known = JSON.stringify(FIELDS[part].map((field) => saved[field]));
  useEffect(() => setDraft(saved), [known]);
  const save = async (): Promise<void> => {
    setSaved(false);
    await client.command("inbox_set", { inbox: own.inbox, settings: changed(part, draft, settings) });
    setDraft((before) => ({ ...before, fallback: "", dropsFallback: false }));
    setSaved(true);
  };
  return (
    <section>
      <Heading level={2}>{text(HEADINGS[part])}</Heading>
      <Form submit={text("inbox.settings.save")} isBusy={isBusy} check={() => FAULTS[part](draft)} onSubmit={() => run(save)}>
        {(errorOf) => {
          const props: PartProps = { draft, change: (answers) => setDraft((before) => ({ ...before, ...answers })), errorOf };
          switch (part) {
            case "about":
              return <AboutFields {...props} />;
            case "hours":
              return <HoursFields {...props} />;
            case "deadlines":
              return <DeadlineFields {...props} hasFallback={own.fallback !== undefined} />;
            case "limits":
              return <LimitFields {...props} />;
          }
        }}
      </Form>
      {/* By the button, which is far below the heading. */}
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isSaved && <Notice kind="ok" isNews>{text("inbox.settings.saved")}</Notice>}
    </section>
  );
}
