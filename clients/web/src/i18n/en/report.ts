import type { report as source } from "../nl/report.ts";
import type { Translation } from "../text.ts";

export const report: Translation<typeof source> = {
  "start.heading": "Are you worried about somebody?",
  "start.intro": "Here you can tell something to a professional, or ask for advice. Your name is not needed.",
  "start.phone": "Rather call? Veilig Thuis is there day and night. It is free.",
  "start.phoneButton": "Call Veilig Thuis: 0800-2000",
};
