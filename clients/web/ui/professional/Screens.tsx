/* The screens of professionals: what is loaded when somebody with an inbox needs it. */
import { isInboxScreen, type Screen } from "../app/routes.ts";
import { Cases } from "./Cases.tsx";
import { InboxScreen } from "./inbox/Screens.tsx";
import { ProfessionalTexts } from "./texts.ts";

export interface ProfessionalProps {
  readonly screen: Screen;
}

export function ProfessionalScreens({ screen }: ProfessionalProps): preact.JSX.Element {
  return (
    <ProfessionalTexts>
      <ScreenOf screen={screen} />
    </ProfessionalTexts>
  );
}

function ScreenOf({ screen }: ProfessionalProps): preact.JSX.Element {
  if (isInboxScreen(screen)) {
    return <InboxScreen screen={screen} />;
  }
  switch (screen) {
    default:
      return <Cases />;
  }
}
