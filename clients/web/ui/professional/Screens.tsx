/* The screens of professionals: what is loaded when somebody with an inbox needs it. */
import { isAct } from "../../src/professional/acts.ts";
import { isInboxScreen, router, type Screen } from "../app/routes.ts";
import { useRoute } from "../client.tsx";
import { ActPage } from "./Act.tsx";
import { CasePage } from "./CasePage.tsx";
import { Cases } from "./Cases.tsx";
import { DeskProvider } from "./desk.tsx";
import { InboxScreen } from "./inbox/Screens.tsx";
import { ProfessionalTexts } from "./texts.ts";

export interface ProfessionalProps {
  readonly screen: Screen;
}

export function ProfessionalScreens({ screen }: ProfessionalProps): preact.JSX.Element {
  return (
    <ProfessionalTexts>
      <DeskProvider>
        <ScreenOf screen={screen} />
      </DeskProvider>
    </ProfessionalTexts>
  );
}

function ScreenOf({ screen }: ProfessionalProps): preact.JSX.Element {
  const { params } = useRoute(router);
  const id = params?.case;
  const act = params?.act;
  if (isInboxScreen(screen)) {
    return <InboxScreen screen={screen} />;
  }
  if (screen === "cases" || id === undefined) {
    return <Cases />;
  }
  return screen === "case-act" && act !== undefined && isAct(act)
    ? <ActPage key={`${id} ${act}`} id={id} act={act} /> : <CasePage key={id} id={id} />;
}
