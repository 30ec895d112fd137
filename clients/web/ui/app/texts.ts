import { app } from "../../src/i18n/nl/app.ts";
import { makeTexts } from "../texts.tsx";

export const { TextsProvider: AppTexts, useTexts: useAppTexts } = makeTexts("app", app, ["nl", "en"]);
