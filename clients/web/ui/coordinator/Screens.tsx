/* The coordinators' screens. What they may do is checked by the relay and by every client. */
import type { Screen } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { Paragraph } from "../components/Text.tsx";
import { CommunityPage } from "../resident/Community.tsx";
import { Frame, GoLink } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { Announce } from "./Announce.tsx";
import { Inboxes } from "./Inboxes.tsx";
import { InvitationPage, Invitations } from "./Invitations.tsx";
import { Log } from "./Log.tsx";
import { Requests } from "./Requests.tsx";
import { SlowMode, Texts } from "./Texts.tsx";

export function CoordinatorScreen({ screen }: { screen: Screen }): preact.JSX.Element {
  const { community } = useNeighbourhood();
  if (community.role !== "coordinator") {
    return <CommunityPage />;
  }
  switch (screen) {
    case "invitations":
      return <Invitations />;
    case "invitation":
      return <InvitationPage />;
    case "announce":
      return <Announce />;
    case "requests":
      return <Requests />;
    case "moderation":
      return <SlowMode />;
    case "log":
      return <Log />;
    case "texts":
      return <Texts />;
    case "inboxes":
      return <Inboxes />;
    default:
      return <Menu />;
  }
}

const ITEMS = ["announce", "invitations", "members", "texts", "inboxes", "moderation", "log"] as const satisfies readonly Screen[];

function Menu(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const requests = community.requests ?? 0;
  return (
    <Frame heading={text("coord.heading")}>
      <Paragraph>{text("coord.intro", { place: community.name })}</Paragraph>
      <ul class="kring-list">
        <li>
          <GoLink to="requests">
            {requests > 0 ? text("coord.requests", { n: requests }) : text("coord.requestsNone")}
          </GoLink>
        </li>
        {ITEMS.map((screen) => (
          <li key={screen}>
            <GoLink to={screen}>{text(`coord.${screen}`)}</GoLink>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
