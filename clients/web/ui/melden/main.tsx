/* The reporting page: a small build, without MLS, without storage, without a service worker. */
import { render } from "preact";

import type { QuestionId } from "../../src/report/draft.ts";
import { borrowedLanguage, pageRoot } from "../browser.ts";
import { useRoute } from "../client.tsx";
import { ActScreen } from "./ActScreen.tsx";
import { type Act, CaseScreen } from "./Case.tsx";
import { Check, Traces } from "./Check.tsx";
import { InboxScreen } from "./Inbox.tsx";
import { Question } from "./Question.tsx";
import { Receipt, Repeat } from "./Receipt.tsx";
import { Arrival, Return } from "./Return.tsx";
import { Sent } from "./Sent.tsx";
import { type Screen, SessionProvider, useSession } from "./session.tsx";
import { Start, Steps } from "./Start.tsx";
import { ReportTexts } from "./texts.ts";
import { Vouch } from "./Vouch.tsx";

/** Once it is sent, "back" does not lead to a form. */
const FORM: readonly Screen[] = ["inbox", "question", "traces", "check", "vouch", "receipt", "repeat", "sent"];

function Screens(): preact.JSX.Element {
  const { router, arrived } = useSession();
  const { screen, params } = useRoute(router);
  if (arrived !== undefined && FORM.includes(screen)) {
    return <Sent />;
  }
  switch (screen) {
    case "steps":
      return <Steps />;
    case "inbox":
      return <InboxScreen />;
    case "question":
      return <Question id={params!.id as QuestionId} />;
    case "traces":
      return <Traces />;
    case "check":
      return <Check />;
    case "vouch":
      return <Vouch />;
    case "receipt":
      return <Receipt />;
    case "repeat":
      return <Repeat />;
    case "return":
      return <Return />;
    case "case":
      return <CaseScreen />;
    case "act":
      return <ActScreen act={params!.act as Act} />;
    case "arrival":
      return <Arrival />;
    default:
      return <Start />;
  }
}

render(
  <ReportTexts memory={borrowedLanguage}>
    <SessionProvider>
      <Screens />
    </SessionProvider>
  </ReportTexts>,
  pageRoot(),
);
