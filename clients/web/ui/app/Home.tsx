/* What is on the screen once the app is open: by what one is in, then by the route. */
import { useEffect, useState } from "preact/hooks";

import { useClient, useQuestion, useRoute } from "../client.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { CoordinatorScreen } from "../coordinator/Screens.tsx";
import { Chat } from "../resident/Chat.tsx";
import { Circles, CirclePage, NewCircle } from "../resident/Circles.tsx";
import { CommunityPage, Leave } from "../resident/Community.tsx";
import { Concern } from "../resident/Concern.tsx";
import { Concerns } from "../resident/Concerns.tsx";
import { NoPlace } from "../resident/Frame.tsx";
import { Newcomer, Outside } from "../resident/Join.tsx";
import { Alarms, Outbox } from "../resident/Kept.tsx";
import { MemberPage, Members } from "../resident/Members.tsx";
import { isMember, NeighbourhoodProvider, useNeighbourhood, usePlace } from "../resident/neighbourhood.tsx";
import { NewConcern } from "../resident/NewConcern.tsx";
import { Settings } from "../resident/Settings.tsx";
import { useCommon } from "../texts.tsx";
import { openedLink, router, type Screen } from "./routes.ts";

export function Home(): preact.JSX.Element {
  const client = useClient();
  const [isJoining, setJoining] = useState(openedLink.link !== undefined);
  useEffect(() => {
    client.command("connect", {}).catch(() => undefined); // without an account there is nothing to connect
  }, [client]);
  // Whoever has asked to join begins anew, with that neighbourhood.
  return <Communities key={String(isJoining)} isJoining={isJoining} setJoining={setJoining} />;
}

function Communities({ isJoining, setJoining }: {
  isJoining: boolean;
  setJoining: (isJoining: boolean) => void;
}): preact.JSX.Element {
  const { text: common, textOfError } = useCommon();
  const { answer, error } = useQuestion("communities", {});
  if (error !== undefined || answer === undefined) {
    return (
      <Page heading={common("page.loading")}>
        {error === undefined
          ? <Progress label={common("page.loading")} />
          : <Notice kind="error">{textOfError(error)}</Notice>}
      </Page>
    );
  }
  return isJoining || answer.communities.length === 0
    ? <Newcomer onLink={() => setJoining(true)} onJoined={() => setJoining(false)} />
    : (
      <NeighbourhoodProvider communities={answer.communities}>
        <Inside onJoin={() => setJoining(true)} />
      </NeighbourhoodProvider>
    );
}

function Inside({ onJoin }: { onJoin: () => void }): preact.JSX.Element {
  const { community } = useNeighbourhood();
  const { screen } = useRoute(router);
  return isMember(community)
    ? <MemberScreen screen={screen} />
    : <Outside community={community} onJoin={onJoin} />;
}

function MemberScreen({ screen }: { screen: Screen }): preact.JSX.Element {
  switch (screen) {
    case "circles":
      return <Circles />;
    case "new-circle":
      return <NewCircle />;
    case "community":
      return <CommunityPage />;
    case "members":
      return <Members />;
    case "member":
      return <MemberPage />;
    case "leave":
      return <Leave />;
    case "settings":
      return <Settings />;
    case "outbox":
      return <Outbox />;
    case "alarms":
      return <Alarms />;
    case "home":
    case "concern":
    case "new-concern":
    case "chat":
    case "circle":
      return <PlaceScreen screen={screen} />;
    default:
      return <CoordinatorScreen screen={screen} />;
  }
}

/** Screens of one group. */
function PlaceScreen({ screen }: { screen: Screen }): preact.JSX.Element {
  const { community } = useNeighbourhood();
  const { params } = useRoute(router);
  const place = usePlace();
  if (place === undefined) {
    return <NoPlace heading={community.name} />;
  }
  switch (screen) {
    case "chat":
      return <Chat key={place.group} place={place} />;
    case "circle":
      return <CirclePage place={place} />;
    case "new-concern":
      return <NewConcern place={place} />;
    case "concern":
      // Which one is in memory only: after a reload the list comes instead.
      return params?.event === undefined ? <Concerns place={place} /> : <Concern place={place} />;
    default:
      return <Concerns key={place.group} place={place} />;
  }
}
