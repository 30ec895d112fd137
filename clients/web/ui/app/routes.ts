/* The app's screens and where the user is among them. */
import { startRouter, takeInvitation } from "../browser.ts";

export const SCREENS = [
  "home", "concern", "new-concern", "chat", "circles", "new-circle", "circle", "community",
  "members", "member", "leave", "settings", "outbox", "alarms",
  "coordination", "invitations", "invitation", "requests", "moderation", "log", "texts", "inboxes",
  "cases", "case", "case-act",
] as const;

export type Screen = (typeof SCREENS)[number];

/** Out of the URL before anything else is done; gone with the page. */
const invitation = takeInvitation();

export const router = startRouter<Screen>(SCREENS, { screen: "home" });

/** The link with which the app was opened, until it has been used. */
export const openedLink: { link: string | undefined } = { link: invitation };
