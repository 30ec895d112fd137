/* The neighbourhood that the screens are about, and the group in it: the whole neighbourhood's, or
 * the circle that the route names. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useState } from "preact/hooks";

import type { Community, Group } from "../../src/core/commands.ts";
import type { Id } from "../../src/core/content.ts";
import { chosenCommunity, rememberCommunity } from "../app/place.tsx";
import { router } from "../app/routes.ts";
import { useQuestion, useRoute } from "../client.tsx";

interface Neighbourhood {
  readonly community: Community;
  readonly communities: readonly Community[];
  readonly choose: (community: Id) => void;
}

const NeighbourhoodContext = createContext<Neighbourhood | null>(null);

export function NeighbourhoodProvider({ communities, children }: {
  communities: readonly Community[];
  children: ComponentChildren;
}): preact.JSX.Element {
  const [chosen, setChosen] = useState(chosenCommunity);
  const choose = (id: Id): void => {
    rememberCommunity(id);
    setChosen(id);
  };
  const isOf = ({ community }: Community): boolean => community === chosen;
  const community = communities.find(isOf) ?? communities.find(isMember) ?? communities[communities.length - 1]!;
  return (
    <NeighbourhoodContext.Provider value={{ community, communities, choose }}>
      {children}
    </NeighbourhoodContext.Provider>
  );
}

export function useNeighbourhood(): Neighbourhood {
  const neighbourhood = useContext(NeighbourhoodContext);
  if (neighbourhood === null) {
    throw new Error("no NeighbourhoodProvider above this component");
  }
  return neighbourhood;
}

/** For screens that a professional has, too, who may be in no neighbourhood. */
export const useCommunity = (): Community | undefined => useContext(NeighbourhoodContext)?.community;

export const isMember = ({ role }: Community): boolean => role === "resident" || role === "coordinator";

export interface Place {
  readonly group: Id;
  /** Of the circle, or of the neighbourhood. */
  readonly name: string;
  readonly isCircle: boolean;
  readonly state: Group["state"] | undefined;
  readonly isAdmin: boolean;
}

/** undefined while the group is not there yet: the coordinator's commit has not come. */
export function usePlace(): Place | undefined {
  const { community } = useNeighbourhood();
  const { params } = useRoute(router);
  const { answer } = useQuestion("groups", { community: community.community });
  const id = params?.group ?? community.group;
  const group = answer?.groups.find((each) => each.group === id);
  return group === undefined || group.state === "making" ? undefined : {
    group: group.group,
    name: group.main ? community.name : group.name,
    isCircle: !group.main,
    state: group.state,
    isAdmin: group.admin,
  };
}

/** What goes with a route to stay in the same circle. */
export const inPlace = (place: Place): Record<string, string> => (place.isCircle ? { group: place.group } : {});
