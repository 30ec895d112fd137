import type { report as source } from "../nl/report.ts";
import type { Translation } from "../text.ts";

export const report: Translation<typeof source> = {
  "start.heading": "Ви непокоїтеся за когось?",
  "start.intro": "Тут можна щось розповісти фахівцеві або попросити поради. Ваше ім’я не потрібне.",
  "start.phone": "Краще зателефонувати? Veilig Thuis працює вдень і вночі. Це безкоштовно.",
  "start.phoneButton": "Зателефонувати до Veilig Thuis: 0800-2000",
};
