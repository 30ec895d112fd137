/* Texts in the user's language. A catalogue is a flat object from key to text; the Dutch one is the
 * source, its keys and the {parameters} in its texts are types: a key that is missing in another
 * language, or a parameter that is not given, does not compile.
 *
 *   const nl = { "list.new": { one: "{n} nieuw bericht", other: "{n} nieuwe berichten" } } as const
 *   text("list.new", { n: 3 })
 *
 * Plurals are chosen by their parameter n; a language has the forms that it needs
 * (Intl.PluralRules), "other" always. */

export type Plural = {
  readonly [form in Exclude<Intl.LDMLPluralRule, "other">]?: string;
} & { readonly other: string };

export type Catalogue = { readonly [key: string]: string | Plural };

/** What a translation of a Dutch catalogue has to have. */
export type Translation<C extends Catalogue> = {
  readonly [K in keyof C]: C[K] extends string ? string : Plural;
};

type ParameterNames<T> = T extends `${string}{${infer P}}${infer Rest}`
  ? P | ParameterNames<Rest>
  : never;

type FormsOf<T> = T extends string ? T : T extends { readonly other: infer O } ? O : never;

type Parameters<T> = { readonly [P in ParameterNames<FormsOf<T>>]: string | number };

/** The parameters are an argument only where there are some. */
type Arguments<T> = [ParameterNames<FormsOf<T>>] extends [never]
  ? []
  : [parameters: Parameters<T>];

export interface Texts<C extends Catalogue> {
  <K extends keyof C & string>(key: K, ...parameters: Arguments<C[K]>): string;
}

/** What comes from elsewhere keeps its own direction: else 0800-2000 reads 2000-0800 in an Arabic sentence. */
const isolated = (value: string, language: Language): string =>
  directionOf(language) === "rtl" ? `\u2068${value}\u2069` : value;

/** The function that gives a catalogue's texts. */
export function textsOf<C extends Catalogue>(
  catalogue: Translation<C>,
  language: Language,
): Texts<C> {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(LOCALES[language]);
  const texts = (key: keyof C & string, parameters: Parameters<string> = {}): string => {
    const entry = catalogue[key] as string | Plural;
    const text = typeof entry === "string"
      ? entry
      : entry[rules.select(Number((parameters as { n?: number }).n))] ?? entry.other;
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = (parameters as Record<string, string | number>)[name];
      return typeof value === "number" ? numbers.format(value) : isolated(String(value), language);
    });
  };
  return texts as Texts<C>;
}

// ---- Languages -------------------------------------------------------------------------------

export const LANGUAGES = ["nl", "en", "tr", "ar", "pl", "uk"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in its own words. */
export const LANGUAGE_NAMES: { readonly [L in Language]: string } = {
  nl: "Nederlands", en: "English", tr: "Türkçe", ar: "العربية", pl: "Polski", uk: "Українська",
};

/** Dates and numbers as they are written here; digits are Latin everywhere, since codes and
 * telephone numbers are. */
export const LOCALES: { readonly [L in Language]: string } = {
  nl: "nl-NL", en: "en-GB", tr: "tr-TR", ar: "ar-u-nu-latn", pl: "pl-PL", uk: "uk-UA",
};

export const directionOf = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

/** The first language of the user's that is there; Dutch otherwise. */
export function chooseLanguage(
  wanted: readonly string[],
  available: readonly Language[],
): Language {
  for (const tag of wanted) {
    const found = available.find((language) => language === tag.toLowerCase().split("-")[0]);
    if (found !== undefined) {
      return found;
    }
  }
  return "nl";
}
