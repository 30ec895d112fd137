import type { report as source } from "../nl/report.ts";
import type { Translation } from "../text.ts";

export const report: Translation<typeof source> = {
  "start.heading": "Biri için endişeli misiniz?",
  "start.intro": "Burada bir uzmana bir şey anlatabilir veya danışabilirsiniz. Adınız gerekli değil.",
  "start.phone": "Telefonla konuşmak mı istersiniz? Veilig Thuis gece gündüz açık. Ücretsizdir.",
  "start.phoneButton": "Veilig Thuis'i arayın: 0800-2000",
};
