/* The app for residents, coordinators and professionals. */
import type { Catalogue } from "../text.ts";
import { coordinator } from "./coordinator.ts";
import { resident } from "./resident.ts";

export const app = {
  ...resident,
  ...coordinator,
  "create.heading": "Bescherm deze app",
  "create.intro": "Kies een code of een zin die u onthoudt. U vult die in als u de app opent. Zonder code kan iedereen die dit apparaat heeft alles lezen.",
  "create.code": "Uw code",
  "create.codeHint": "Zes tekens of meer. Niemand kan hem voor u opzoeken.",
  "create.done": "Code bewaren",
  "unlock.heading": "Open de app",
  "unlock.code": "Uw code",
  "unlock.done": "Openen",
  "opening": "Uw berichten worden geopend",
  "elsewhere": "De app is in een ander tabblad geopend. Ga daar verder, of sluit dat tabblad.",
  "version.waiting": "Er is een nieuwe versie van de app. Maak eerst af wat u aan het schrijven bent.",
  "version.busy": "Sluit eerst de andere tabbladen van Kring. Daar is misschien iemand ergens mee bezig.",
  "version.replaced": "De app is vernieuwd in een ander tabblad. Maak eerst af wat u aan het schrijven bent.",
  "version.renew": "Laad de nieuwe versie",
  "home.heading": "Uw buurt",
  "home.none": "U bent nog niet lid van een buurt. Vraag een buurtcoördinator om een uitnodiging.",
  "home.report": "Iets vertellen aan een professional",
  "lock": "App op slot doen",
  "notify.body": "Er is iets nieuws.",
  "part.failed": "Dit onderdeel kon niet worden geladen. Is er verbinding? Probeer het dan nog een keer.",
  "part.again": "Probeer het nog een keer",
} as const satisfies Catalogue;
