/* The reporting and return path. A2 where somebody may be in a hurry. */
import type { Catalogue } from "../text.ts";

export const report = {
  "start.heading": "Maakt u zich zorgen over iemand?",
  "start.intro": "U kunt hier iets vertellen aan een professional, of om advies vragen. Uw naam is niet nodig.",
  "start.phone": "Liever bellen? Veilig Thuis is er dag en nacht. Het is gratis.",
  "start.phoneButton": "Bel Veilig Thuis: 0800-2000",
} as const satisfies Catalogue;
