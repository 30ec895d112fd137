/* What stands below every page. */
import { useCommon } from "./texts.tsx";

export function Footer(): preact.JSX.Element {
  const { text } = useCommon();
  return (
    <ul class="kring-footer__links">
      <li>
        <a class="utrecht-link utrecht-link--html-a" href="/toegankelijkheid">{text("page.accessibility")}</a>
      </li>
      <li>
        <a class="utrecht-link utrecht-link--html-a" href="/privacy">{text("page.privacy")}</a>
      </li>
    </ul>
  );
}
