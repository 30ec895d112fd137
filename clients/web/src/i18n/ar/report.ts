import type { report as source } from "../nl/report.ts";
import type { Translation } from "../text.ts";

export const report: Translation<typeof source> = {
  "start.heading": "هل أنت قلق على شخص ما؟",
  "start.intro": "يمكنك هنا أن تخبر مختصًا بشيء أو أن تطلب نصيحة. لا حاجة إلى اسمك.",
  "start.phone": "تفضّل الاتصال؟ Veilig Thuis متاح ليلًا ونهارًا. المكالمة مجانية.",
  "start.phoneButton": "اتصل بـ Veilig Thuis: 0800-2000",
};
