/* The app's screens and where the user is among them. */
import { carriedText } from "../../src/client/carried.ts";
import type { Route } from "../../src/client/router.ts";
import { startRouter, takeDeviceCard, takeDeviceLink, takeInboxLink, takeInvitation } from "../browser.ts";

const SCREENS = [
  "home", "concern", "new-concern", "chat", "circles", "new-circle", "circle", "community",
  "members", "member", "leave", "settings", "outbox", "alarms",
  "devices", "delete-account",
  "coordination", "announce", "invitations", "invitation", "requests", "moderation", "log", "texts", "inboxes",
  "notices", "cases", "case", "case-act",
  "inbox", "inbox-card", "inbox-new", "inbox-made", "inbox-recover", "inbox-poster", "inbox-team",
  "inbox-settings", "inbox-notices",
] as const;

export type Screen = (typeof SCREENS)[number];

/** Of one's own inbox: also for who is about to become a professional. */
export const isInboxScreen = (screen: Screen): boolean => screen === "inbox" || screen.startsWith("inbox-");

/** Out of the URL before anything else is done; gone with the page. */
const invitation = takeInvitation();
const inbox = takeInboxLink();
const device = takeDeviceLink();
const card = carriedText("card", takeDeviceCard() ?? "");

/** Where an opened link leads; each is asked about there before anything is done. */
function firstRoute(): Route<Screen> | undefined {
  if (card !== undefined) {
    return { screen: "devices", params: { card } };
  }
  return inbox === undefined ? undefined : { screen: "inboxes", params: { link: inbox } };
}

export const router = startRouter<Screen>(SCREENS, { screen: "home" }, firstRoute());

/** The link with which the app was opened, until it has been used. */
export const openedLink: { link: string | undefined } = { link: invitation };

/** Likewise of a link from another device. */
export const openedDevice: { link: string | undefined } = { link: device };
