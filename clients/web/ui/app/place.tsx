/* Where the user was, so that a reload comes back to it: kept by the machine, sealed. The URL has the
 * screen's name alone. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Client } from "../../src/client/client.ts";
import type { Id } from "../../src/core/content.ts";
import { useClient } from "../client.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { useCommon } from "../texts.tsx";
import { openedDevice, openedLink, router, type Screen } from "./routes.ts";

/** Of a case or a group. Other screens have secrets among their parameters, or none. */
const SCREENS: readonly Screen[] = ["case", "case-act", "home", "concern", "new-concern", "chat", "circle"];

const NAME = "place";

interface Place {
  readonly screen: Screen;
  readonly params?: Readonly<Record<string, string>>;
  readonly community?: Id;
}

/** The neighbourhood that was chosen, of several. */
let community: Id | undefined;

export const chosenCommunity = (): Id | undefined => community;

export function rememberCommunity(id: Id): void {
  community = id;
}

/** As JSON, "" for a place that says nothing. */
function here(): string {
  const { screen, params } = router.route;
  const place: Place = {
    screen, ...(params === undefined ? {} : { params }), ...(community === undefined ? {} : { community }),
  };
  return SCREENS.includes(screen) && (params ?? community) !== undefined ? JSON.stringify(place) : "";
}

async function comeBack(client: Client): Promise<string> {
  const { kept: [kept] } = await client.ask("kept", { name: NAME });
  const { screen, params } = router.route;
  const isNew = params === undefined && openedLink.link === undefined && openedDevice.link === undefined;
  if (kept === undefined || !isNew) {
    return kept?.text ?? "";
  }
  const place = JSON.parse(kept.text) as Place;
  if (place.screen === screen) {
    community = place.community;
    router.replace(screen, place.params);
  }
  return kept.text;
}

/** Its children once the place is known. */
export function Placed({ children }: { children: ComponentChildren }): preact.JSX.Element {
  const client = useClient();
  const { text } = useCommon();
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    let stop = (): void => undefined;
    let isGone = false;
    comeBack(client).catch(() => "").then((last) => {
      if (isGone) {
        return;
      }
      let text = last;
      const keep = (): void => {
        if (here() !== text) {
          text = here();
          client.command("keep", { name: NAME, text }).catch(() => undefined); // without an account there is no place
        }
      };
      stop = router.subscribe(keep);
      setThere(true);
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [client]);
  return isThere
    ? <>{children}</>
    : (
      <Page heading={text("page.loading")}>
        <Progress label={text("page.loading")} />
      </Page>
    );
}
