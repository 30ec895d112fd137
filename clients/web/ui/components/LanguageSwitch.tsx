/* The languages that the page has, each in its own words. */
import { LANGUAGE_NAMES, type Language } from "../../src/i18n/text.ts";
import { useCommon } from "../texts.tsx";

export function LanguageSwitch(): preact.JSX.Element | null {
  const { text, language, languages, setLanguage } = useCommon();
  if (languages.length < 2) {
    return null;
  }
  return (
    <div class="kring-language">
      <label for="language">{text("page.language")}</label>
      <select
        id="language"
        class="utrecht-select utrecht-select--html-select"
        value={language}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        {languages.map((each) => (
          <option key={each} value={each} lang={each}>
            {LANGUAGE_NAMES[each]}
          </option>
        ))}
      </select>
    </div>
  );
}
