import { report } from "../../src/i18n/nl/report.ts";
import { LANGUAGES } from "../../src/i18n/text.ts";
import { makeTexts } from "../texts.tsx";

export const { TextsProvider: ReportTexts, useTexts: useReportTexts } =
  makeTexts("report", report, LANGUAGES);
