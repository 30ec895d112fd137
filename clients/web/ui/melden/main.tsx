/* The reporting page: a small build, without MLS, without storage, without a service worker. */
import { render } from "preact";

import { ReportTexts } from "./texts.ts";
import { Start } from "./Start.tsx";
import { borrowedLanguage } from "../browser.ts";

render(
  <ReportTexts memory={borrowedLanguage}>
    <Start />
  </ReportTexts>,
  document.getElementById("root")!,
);
