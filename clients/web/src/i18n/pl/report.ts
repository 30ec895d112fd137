import type { report as source } from "../nl/report.ts";
import type { Translation } from "../text.ts";

export const report: Translation<typeof source> = {
  "start.heading": "Martwisz się o kogoś?",
  "start.intro": "Tutaj możesz opowiedzieć coś specjaliście albo poprosić o radę. Twoje nazwisko nie jest potrzebne.",
  "start.phone": "Wolisz zadzwonić? Veilig Thuis działa dzień i noc. Rozmowa jest bezpłatna.",
  "start.phoneButton": "Zadzwoń do Veilig Thuis: 0800-2000",
};
