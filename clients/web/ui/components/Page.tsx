/* The frame of every page: skip link, name, language, main with its heading, footer. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import type { Language } from "../../src/i18n/text.ts";
import { useCommon } from "../texts.tsx";
import { LanguageSwitch } from "./LanguageSwitch.tsx";

/** The one name that the outside sees: in the tab, in the history, on the home screen. */
export const NEUTRAL_NAME = "Kring";

interface PageProps {
  /** What stands in the h1. */
  readonly heading: string;
  /** Of the tab; the neutral name alone where the heading would tell something. */
  readonly title?: string | undefined;
  readonly onBack?: (() => void) | undefined;
  /** Lists and tables of professionals. */
  readonly isWide?: boolean;
  /** What is printed has a heading of its own. */
  readonly hasPaper?: boolean;
  /** Above the header, such as the exit button. */
  readonly top?: ComponentChildren;
  readonly navigation?: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Of the screen before; there is none when the page is loaded. */
let languageBefore: Language | undefined;

export function Page(props: PageProps): preact.JSX.Element {
  const { text, language } = useCommon();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = props.title === undefined ? NEUTRAL_NAME : `${props.title} – ${NEUTRAL_NAME}`;
  }, [props.title]);

  // A new screen begins at its heading, for eyes and for screen readers; not when the page is loaded, which
  // browsers announce themselves, nor when the same screen is read in another language. At once: whoever
  // types into the new screen is not interrupted.
  useLayoutEffect(() => {
    if (languageBefore === language) {
      window.scrollTo(0, 0);
      heading.current?.focus();
    }
    languageBefore = language;
  }, [props.heading, language]);

  return (
    <div class={props.isWide === true ? "kring-page kring-page--wide" : "kring-page"}>
      <a class="kring-skip" href="#main" onClick={skipTo}>
        {text("page.skip")}
      </a>
      {props.top}
      <header class="kring-header">
        <p class="kring-name">{NEUTRAL_NAME}</p>
        <LanguageSwitch />
      </header>
      <main class="kring-main" id="main" tabIndex={-1}>
        {props.navigation}
        {props.onBack !== undefined && (
          <button type="button" class="utrecht-button utrecht-button--subtle kring-back" onClick={props.onBack}>
            {text("page.back")}
          </button>
        )}
        <h1 class={`nl-heading nl-heading--level-1${props.hasPaper === true ? " kring-screen" : ""}`} ref={heading} tabIndex={-1}>
          {props.heading}
        </h1>
        {props.children}
      </main>
      <footer class="kring-footer">{props.footer}</footer>
    </div>
  );
}

/** The fragment belongs to the router. */
function skipTo(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
