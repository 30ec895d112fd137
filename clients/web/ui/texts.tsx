/* The user's language for a page: the common texts and those of its part. The Dutch ones are in the
 * bundle, so there is always something to show; the others are fetched. */
import { type ComponentChildren, type Context, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

import { common as dutchCommon } from "../src/i18n/nl/common.ts";
import { kindOfError } from "../src/i18n/errors.ts";
import {
  type Catalogue, type Language, type Plural, type Texts, type Translation, chooseLanguage, directionOf, textsOf,
} from "../src/i18n/text.ts";

/** Put in by build.mjs: "common.tr" -> the file's URL. */
declare const KRING_CATALOGUES: { readonly [name: string]: string };

type Common = typeof dutchCommon;

interface Words {
  readonly common: Texts<Common>;
  readonly part: Texts<Catalogue>;
  readonly language: Language;
  readonly languages: readonly Language[];
  readonly setLanguage: (language: Language) => void;
}

const WordsContext: Context<Words | null> = createContext<Words | null>(null);

function useWords(): Words {
  const words = useContext(WordsContext);
  if (words === null) {
    throw new Error("no TextsProvider above this component");
  }
  return words;
}

/** The texts that every page has, and its language. */
export function useCommon(): {
  text: Texts<Common>;
  language: Language;
  languages: readonly Language[];
  setLanguage: (language: Language) => void;
  /** Words for a refusal's code that say what to do now. */
  textOfError: (code: string) => string;
} {
  const { common, language, languages, setLanguage } = useWords();
  const textOfError = (code: string): string => {
    const kind = kindOfError(code);
    return kind === "trouble" ? common("error.trouble", { code }) : common(`error.${kind}`);
  };
  return { text: common, language, languages, setLanguage, textOfError };
}

/** The Dutch one is in the bundle; the files of the others have the texts alone, in the order of its keys. */
async function loadCatalogue<C extends Catalogue>(part: string, language: Language, dutch: C): Promise<Translation<C>> {
  if (language === "nl") {
    return dutch as Translation<C>;
  }
  const url = KRING_CATALOGUES[`${part}.${language}`];
  const response = url === undefined ? undefined : await fetch(url);
  if (response?.ok !== true) {
    throw new Error(`no catalogue ${part}.${language}`);
  }
  const texts = (await response.json()) as readonly (string | Plural)[];
  return Object.fromEntries(Object.keys(dutch).map((key, i) => [key, texts[i]])) as unknown as Translation<C>;
}

/** What remembers the language, if anything does. */
export interface LanguageMemory {
  get(): string | null;
  set(language: Language): void;
}

interface TextsProviderProps {
  readonly memory?: LanguageMemory;
  readonly children: ComponentChildren;
}

/** Make the provider and the hook of a part of the app, such as "report". */
export function makeTexts<C extends Catalogue>(
  part: string,
  dutch: C,
  languages: readonly Language[],
): { TextsProvider: (props: TextsProviderProps) => preact.JSX.Element; useTexts: () => Texts<C> } {
  type Catalogues = readonly [Language, Translation<Common>, Translation<C>];

  function TextsProvider({ memory, children }: TextsProviderProps): preact.JSX.Element {
    const [wanted, setWanted] = useState(() =>
      chooseLanguage([memory?.get() ?? "", ...navigator.languages], languages));
    const [catalogues, setCatalogues] = useState<Catalogues>(["nl", dutchCommon, dutch as Translation<C>]);

    useEffect(() => {
      let isCurrent = true;
      Promise.all([loadCatalogue("common", wanted, dutchCommon), loadCatalogue(part, wanted, dutch)]).then(
        ([common, own]) => isCurrent && setCatalogues([wanted, common, own]),
        () => isCurrent && setWanted(catalogues[0]), // stay with what can be read
      );
      return () => {
        isCurrent = false;
      };
    }, [wanted]);

    const words = useMemo<Words>(() => {
      const [language, common, own] = catalogues;
      document.documentElement.lang = language;
      document.documentElement.dir = directionOf(language);
      return {
        common: textsOf<Common>(common, language),
        part: textsOf<Catalogue>(own, language),
        language,
        languages,
        setLanguage: (next) => {
          memory?.set(next);
          setWanted(next);
        },
      };
    }, [catalogues]);
    return <WordsContext.Provider value={words}>{children}</WordsContext.Provider>;
  }

  return { TextsProvider, useTexts: () => useWords().part as unknown as Texts<C> };
}

/** As makeTexts, for a part that is loaded when it is needed: in the language that the page has. */
export function makeLaterTexts<C extends Catalogue>(
  part: string,
  dutch: C,
): { TextsProvider: (props: { children: ComponentChildren }) => preact.JSX.Element; useTexts: () => Texts<C> } {
  const dutchTexts = textsOf<C>(dutch as unknown as Translation<C>, "nl");
  const PartContext = createContext<Texts<C>>(dutchTexts);

  function TextsProvider({ children }: { children: ComponentChildren }): preact.JSX.Element {
    const { language } = useWords();
    const [texts, setTexts] = useState(() => dutchTexts);

    useEffect(() => {
      let isCurrent = true;
      loadCatalogue(part, language, dutch).then(
        (own) => isCurrent && setTexts(() => textsOf<C>(own, language)),
        () => undefined, // stay with what can be read
      );
      return () => {
        isCurrent = false;
      };
    }, [language]);
    return <PartContext.Provider value={texts}>{children}</PartContext.Provider>;
  }

  return { TextsProvider, useTexts: () => useContext(PartContext) };
}
