/* What is on the screen once the app is open: by what one is in, then by the route. */
import { useEffect, useRef, useState } from "preact/hooks";

import type { Community } from "../../src/core/commands.ts";
import { useClient, useQuestion, useRoute } from "../client.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { CoordinatorScreen } from "../coordinator/Screens.tsx";
import { Alarms } from "../resident/Alarms.tsx";
import { Chat } from "../resident/Chat.tsx";
import { Circles, CirclePage, NewCircle } from "../resident/Circles.tsx";
import { CommunityPage, Leave } from "../resident/Community.tsx";
import { Concern } from "../resident/Concern.tsx";
import { Concerns } from "../resident/Concerns.tsx";
import { NoPlace } from "../resident/Frame.tsx";
import { Already, Newcomer, Outside } from "../resident/Join.tsx";
import { Devices } from "../resident/Devices.tsx";
import { Outbox } from "../resident/Kept.tsx";
import { MemberPage, Members } from "../resident/Members.tsx";
import { isMember, NeighbourhoodProvider, useNeighbourhood, usePlace } from "../resident/neighbourhood.tsx";
import { NewConcern } from "../resident/NewConcern.tsx";
import { Notices } from "../resident/Notices.tsx";
import { Settings } from "../resident/Settings.tsx";
import { DeleteAccount } from "../resident/Wipe.tsx";
import { useCommon } from "../texts.tsx";
import { OwnInboxesProvider, useOwnInboxes } from "./inboxes.tsx";
import { Notifier } from "./notifications.ts";
import { isProfessionalScreen, Professional } from "./professional.tsx";
import { isInboxScreen, openedDevice, openedLink, router, type Screen } from "./routes.ts";
import { Trouble, TroubleContext } from "./trouble.tsx";

export function Home(): preact.JSX.Element {
  const client = useClient();
  const [isJoining, setJoining] = useState(openedLink.link !== undefined);
  useEffect(() => {
    client.command("connect", {}).catch(() => undefined); // without an account there is nothing to connect
  }, [client]);
  // Whoever has asked to join begins anew, with that neighbourhood.
  return <Communities key={String(isJoining)} isJoining={isJoining} setJoining={setJoining} />;
}

/** The newest answer that there was. */
function useNewest<A>(answer: A | undefined): A | undefined {
  const newest = useRef(answer);
  newest.current = answer ?? newest.current;
  return newest.current;
}

function Communities({ isJoining, setJoining }: {
  isJoining: boolean;
  setJoining: (isJoining: boolean) => void;
}): preact.JSX.Element {
  const { text: common } = useCommon();
  const asked = [useQuestion("communities", {}), useQuestion("own_inboxes", {})] as const;
  const communities = useNewest(asked[0].answer)?.communities ?? [];
  const inboxes = useNewest(asked[1].answer)?.inboxes ?? [];
  const error = asked[0].error ?? asked[1].error;
  const isLoading = asked.some((each) => each.answer === undefined && each.error === undefined);
  const failure = error === undefined ? undefined : { error, again: () => asked.forEach(({ again }) => again()) };
  // Who seems to be in nothing may be in what could not be asked for.
  const isNobody = error !== undefined && communities.length === 0 && inboxes.length === 0;
  return (
    <TroubleContext.Provider value={failure}>
      {isLoading || isNobody
        ? (
          <Page heading={common(isLoading ? "page.loading" : "form.problem")}>
            {isLoading ? <Progress label={common("page.loading")} /> : <Trouble />}
          </Page>
        )
        : (
          <OwnInboxesProvider inboxes={inboxes}>
            {inboxes.length > 0 && <Notifier />}
            <Somebody communities={communities} isJoining={isJoining} setJoining={setJoining} />
          </OwnInboxesProvider>
        )}
    </TroubleContext.Provider>
  );
}

/** Whether the app was opened to come in where one is in, or has asked; of an invitation, where that is. */
function openedInVain(communities: readonly Community[], isIn: boolean): Community | "device" | undefined {
  if (openedDevice.link !== undefined && isIn) {
    return "device";
  }
  return communities.find((each) =>
    (isMember(each) || each.role === "asked") && openedLink.link?.includes(`#1.${each.community}.`) === true);
}

/** A newcomer, a neighbour, a professional, or both of these. */
function Somebody({ communities, isJoining, setJoining }: {
  communities: readonly Community[];
  isJoining: boolean;
  setJoining: (isJoining: boolean) => void;
}): preact.JSX.Element {
  const isProfessional = useOwnInboxes().length > 0;
  const { screen } = useRoute(router);
  const [where, setWhere] = useState(() => openedInVain(communities, communities.length > 0 || isProfessional));
  if (where !== undefined) {
    const next = (): void => {
      openedLink.link = undefined;
      openedDevice.link = undefined;
      setWhere(undefined);
      setJoining(false);
    };
    return <Already where={where} onNext={next} />;
  }
  // In one place whether or not there is an inbox yet: it is made there.
  if (!isJoining && isInboxScreen(screen)) {
    return communities.some(isMember)
      ? <NeighbourhoodProvider communities={communities}><Professional screen={screen} /></NeighbourhoodProvider>
      : <Professional screen={screen} />;
  }
  if (isJoining || (communities.length === 0 && !isProfessional)) {
    return <Newcomer onLink={() => setJoining(true)} onJoined={() => setJoining(false)} />;
  }
  return isProfessional && !communities.some(isMember)
    ? <OnlyProfessional />
    : (
      <NeighbourhoodProvider communities={communities}>
        <Inside onJoin={() => setJoining(true)} />
      </NeighbourhoodProvider>
    );
}

/** What everybody has who is in a neighbourhood or in a team. */
const OWN_SCREENS: { readonly [S in Screen]?: () => preact.JSX.Element } = {
  settings: Settings,
  outbox: Outbox,
  alarms: Alarms,
  devices: Devices,
  "delete-account": DeleteAccount,
};

/** Of who is in a team and in no neighbourhood. */
function OnlyProfessional(): preact.JSX.Element {
  const { screen } = useRoute(router);
  const Own = OWN_SCREENS[screen];
  return Own === undefined ? <Professional screen={isProfessionalScreen(screen) ? screen : "cases"} /> : <Own />;
}

function Inside({ onJoin }: { onJoin: () => void }): preact.JSX.Element {
  const { community } = useNeighbourhood();
  const { screen } = useRoute(router);
  const isProfessional = useOwnInboxes().length > 0;
  if (isProfessional && isProfessionalScreen(screen)) {
    return <Professional screen={screen} />;
  }
  return isMember(community)
    ? <MemberScreen screen={screen} />
    : <Outside community={community} onJoin={onJoin} />;
}

function MemberScreen({ screen }: { screen: Screen }): preact.JSX.Element {
  const Own = OWN_SCREENS[screen];
  if (Own !== undefined) {
    return <Own />;
  }
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
    case "notices":
      return <Notices />;
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
      // Where nobody knows which one any more, the list comes instead.
      return params?.event === undefined ? <Concerns place={place} /> : <Concern place={place} />;
    default:
      return <Concerns key={place.group} place={place} />;
  }
}
