/* The screens of one's own inbox, and of who is about to have one. */
import type { Screen } from "../../app/routes.ts";
import { useQuestion } from "../../client.tsx";
import { Page } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useCommon } from "../../texts.tsx";
import { Card, Name } from "./Begin.tsx";
import { Made } from "./Made.tsx";
import { NewInbox } from "./New.tsx";
import { Notices } from "./Notices.tsx";
import { Own, Poster } from "./Own.tsx";
import { Recover } from "./Recover.tsx";
import { Settings } from "./Settings.tsx";
import { Team } from "./Team.tsx";

export function InboxScreen({ screen }: { screen: Screen }): preact.JSX.Element {
  const { text: common } = useCommon();
  const { answer: status, error } = useQuestion("status", {});
  if (status === undefined && error === undefined) {
    return <Page heading={common("page.loading")}><Progress label={common("page.loading")} /></Page>;
  }
  if (status?.account === undefined) {
    return <Name />;
  }
  switch (screen) {
    case "inbox-card":
      return <Card />;
    case "inbox-new":
      return <NewInbox />;
    case "inbox-made":
      return <Made />;
    case "inbox-recover":
      return <Recover />;
    case "inbox-poster":
      return <Poster />;
    case "inbox-team":
      return <Team />;
    case "inbox-settings":
      return <Settings />;
    case "inbox-notices":
      return <Notices />;
    default:
      return <Own />;
  }
}
