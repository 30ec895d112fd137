/* The frame of a member's screens: where one can go, and what the connection does. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";

import type { Tell } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { useOwnInboxes } from "../app/inboxes.tsx";
import { NewVersion } from "../app/NewVersion.tsx";
import { router, type Screen } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { Trouble } from "../app/trouble.tsx";
import { useClient, useQuestion, useRoute, useTells } from "../client.tsx";
import { Button, Link } from "../components/Button.tsx";
import { Navigation } from "../components/Navigation.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { useSeen } from "../seen.ts";
import { useCommon } from "../texts.tsx";
import { inPlace, isMember, type Place, useCommunity } from "./neighbourhood.tsx";

interface FrameProps {
  readonly heading: string;
  /** Of a screen that is about one group. */
  readonly place?: Place;
  readonly isWide?: boolean;
  readonly hasPaper?: boolean;
  readonly onBack?: () => void;
  /** What is here is not shown again: no button leads away from it by mistake. */
  readonly isOneWay?: boolean;
  readonly children: ComponentChildren;
}

/** A link to another screen of the app. */
export function GoLink({ to, params, children }: {
  to: Screen;
  params?: Readonly<Record<string, string>>;
  children: ComponentChildren;
}): preact.JSX.Element {
  return (
    <Link
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        router.go(to, params);
      }}
    >
      {children}
    </Link>
  );
}

export function Frame(props: FrameProps): preact.JSX.Element {
  const community = useCommunity();
  const canGoBack = router.canGoBack && !isMain(router.route.screen);
  return (
    <Page
      heading={props.heading}
      isWide={props.isWide === true}
      hasPaper={props.hasPaper === true}
      onBack={props.isOneWay === true ? undefined : props.onBack ?? (canGoBack ? () => router.back() : undefined)}
      navigation={<MainNavigation place={props.place} />}
      footer={<Footer />}
    >
      <State mutedUntil={community?.muted_until} />
      {props.children}
    </Page>
  );
}

const MAIN: readonly Screen[] = ["home", "chat", "circles", "community", "settings", "coordination", "cases", "inbox"];
const isMain = (screen: Screen): boolean => MAIN.includes(screen);

/** Under which of the main screens each other one stands. */
const PARENTS: { readonly [screen in Screen]?: Screen } = {
  concern: "home", "new-concern": "home", "new-circle": "circles", circle: "circles",
  members: "community", member: "community", leave: "community", outbox: "settings", alarms: "settings",
  devices: "settings", "delete-account": "settings", announce: "coordination",
  invitations: "coordination", invitation: "coordination", requests: "coordination",
  moderation: "coordination", log: "coordination", texts: "coordination", inboxes: "coordination",
  notices: "community", case: "cases", "case-act": "cases",
  "inbox-card": "inbox", "inbox-new": "inbox", "inbox-made": "inbox", "inbox-recover": "inbox",
  "inbox-poster": "inbox", "inbox-team": "inbox", "inbox-settings": "inbox", "inbox-notices": "inbox",
};

function MainNavigation({ place }: { place: Place | undefined }): preact.JSX.Element | null {
  const text = useAppTexts();
  const { screen } = useRoute(router);
  const community = useCommunity();
  const isProfessional = useOwnInboxes().length > 0;
  if (community === undefined && !isProfessional) {
    return null; // on the way in there is nowhere to go yet
  }
  const items = [
    ...(isProfessional
      ? [{ screen: "cases", label: text("nav.cases") }, { screen: "inbox", label: text("nav.inbox") }]
      : []),
    ...(community !== undefined && isMember(community)
      ? [
        { screen: "home", label: text("nav.concerns") },
        { screen: "chat", label: text("nav.chat") },
        { screen: "circles", label: text("nav.circles") },
        { screen: "community", label: text("nav.community") },
      ]
      : []),
    { screen: "settings", label: text("nav.settings") },
    ...(community?.role === "coordinator" ? [{ screen: "coordination", label: text("nav.coordination") }] : []),
  ];
  return (
    <Navigation
      label={text("nav.label")}
      items={items}
      current={PARENTS[screen] ?? screen}
      onGo={(to) => {
        const stays = place !== undefined && (to === "home" || to === "chat");
        router.go(to as Screen, stays ? inPlace(place) : undefined);
      }}
    />
  );
}

/** What is under way, and what went wrong, on any screen. */
function State({ mutedUntil }: { mutedUntil: number | undefined }): preact.JSX.Element {
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { screen } = useRoute(router);
  const { answer: status } = useQuestion("status", {});
  const { answer: outbox } = useQuestion("outbox", {});
  const { answer: refused } = useQuestion("kept", { refused: true });
  const failure = useFailure();
  const progress = useProgress();
  const waiting = outbox?.ops.length ?? 0;
  const isOffline = status !== undefined && status.connection !== "online";
  return (
    <>
      <NewVersion />
      <Trouble />
      {refused !== undefined && refused.kept.length > 0 && router.route.screen !== "outbox" && (
        <Notice kind="error" isNews>
          <Paragraph>{text("state.refused", { n: refused.kept.length })}</Paragraph>
          <GoLink to="outbox">{text("state.refusedLink")}</GoLink>
        </Notice>
      )}
      {failure.error !== undefined && refused?.kept.length === 0 && (
        <Notice kind="error" isNews>
          <Paragraph>{`${text("state.failed")} ${textOfError(failure.error)}`}</Paragraph>
          <Button kind="subtle" onClick={failure.close}>
            {text("state.failedLink")}
          </Button>
        </Notice>
      )}
      {status !== undefined && status.alarms > 0 && screen !== "alarms" && (
        <Notice kind="warning">
          <Paragraph>{text("state.alarm")}</Paragraph>
          <GoLink to="alarms">{text("state.alarmLink")}</GoLink>
        </Notice>
      )}
      {isOffline && (
        <Notice kind="info" isNews>
          <Paragraph>{text("state.offline")}</Paragraph>
          {waiting > 0 && (
            <Paragraph>
              {text("state.waiting", { n: waiting })} <GoLink to="outbox">{text("state.outbox")}</GoLink>
            </Paragraph>
          )}
        </Notice>
      )}
      {!isOffline && progress !== undefined && <Progress label={text("state.catchingUp")} {...progress} />}
      {mutedUntil !== undefined && mutedUntil > Date.now() && (
        <Notice kind="info">{text("state.muted", { until: momentOf(mutedUntil, language) })}</Notice>
      )}
    </>
  );
}

/** How far catching up is; undefined when it is not under way. It is told now and then only, so its
 * end is asked for. */
function useProgress(): { done: number; total: number } | undefined {
  const client = useClient();
  const [progress, setProgress] = useState<{ done: number; total: number } | undefined>();
  const onTell = useCallback((tell: Tell) => {
    if (tell.tell === "progress") {
      setProgress({ done: tell.done, total: tell.total });
    }
  }, []);
  useTells(onTell);
  useEffect(() => {
    if (progress === undefined) {
      return undefined;
    }
    const ask = (): void => {
      client.ask("status", {}).then(
        ({ caught_up: isDone }) => isDone && setProgress(undefined),
        () => setProgress(undefined),
      );
    };
    const timer = setInterval(ask, CAUGHT_UP_MS);
    return () => clearInterval(timer);
  }, [client, progress]);
  return progress;
}

const CAUGHT_UP_MS = 500;

/** What the relay has refused for good after its form was left. */
function useFailure(): { error: string | undefined; close: () => void } {
  const [error, setError] = useState<string | undefined>();
  const onTell = useCallback((tell: Tell) => {
    if (tell.tell === "failed") {
      setError(tell.error);
    }
  }, []);
  useTells(onTell);
  return { error, close: () => setError(undefined) };
}

/** Everything that stands in a list has been seen. */
export function useMarkRead(group: string | undefined, seq: number): void {
  const client = useClient();
  useSeen(() => {
    if (group !== undefined && seq > 0) {
      client.command("read", { group, seq }).catch(() => undefined);
    }
  }, [client, group, seq]);
}

/** In place of a group that cannot be shown yet. */
export function NoPlace({ heading }: { heading: string }): preact.JSX.Element {
  const text = useAppTexts();
  return (
    <Frame heading={heading}>
      <Progress label={text("state.making")} />
    </Frame>
  );
}
