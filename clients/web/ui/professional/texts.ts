import { professional } from "../../src/i18n/nl/professional.ts";
import { makeLaterTexts } from "../texts.tsx";

export const { TextsProvider: ProfessionalTexts, useTexts: useProfessionalTexts } =
  makeLaterTexts("professional", professional);
