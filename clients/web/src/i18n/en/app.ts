import type { app as source } from "../nl/app.ts";
import type { Translation } from "../text.ts";
import { coordinator } from "./coordinator.ts";
import { resident } from "./resident.ts";

export const app: Translation<typeof source> = {
  ...resident,
  ...coordinator,
  "create.heading": "Protect this app",
  "create.intro": "Choose a code or a sentence that you will remember. You fill it in when you open the app. Without a code, anybody who has this device can read everything.",
  "create.code": "Your code",
  "create.codeHint": "Six characters or more. Nobody can look it up for you.",
  "create.done": "Keep this code",
  "unlock.heading": "Open the app",
  "unlock.code": "Your code",
  "unlock.done": "Open",
  "opening": "Your messages are being opened",
  "elsewhere": "The app is open in another tab. Go on there, or close that tab.",
  "version.waiting": "There is a new version of the app. First finish what you are writing.",
  "version.busy": "First close the other tabs of Kring. Perhaps somebody is busy with something there.",
  "version.replaced": "The app was renewed in another tab. First finish what you are writing.",
  "version.renew": "Load the new version",
  "home.heading": "Your neighbourhood",
  "home.none": "You are not a member of a neighbourhood yet. Ask a neighbourhood coordinator for an invitation.",
  "home.report": "Tell a professional something",
  "lock": "Lock the app",
  "notify.body": "There is something new.",
  "part.failed": "This part could not be loaded. Is there a connection? Then try again.",
  "part.again": "Try again",
};
