/* Pages that are about the app: /toegankelijkheid and /privacy. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Config, fetchConfig } from "../../src/client/config.ts";
import { pages } from "../../src/i18n/nl/pages.ts";
import { borrowedLanguage, pageRoot } from "../browser.ts";
import { Link } from "../components/Button.tsx";
import { Page } from "../components/Page.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { makeTexts } from "../texts.tsx";

const { TextsProvider, useTexts } = makeTexts("pages", pages, ["nl", "en"]);

/** What goes for the operator until it is known who that is. */
function useOperator(): { operator: string; contact: string | undefined } {
  const text = useTexts();
  const [config, setConfig] = useState<Config | undefined>();
  useEffect(() => {
    fetchConfig().then(setConfig, () => undefined);
  }, []);
  return { operator: config?.operator ?? text("operator.unknown"), contact: config?.contact };
}

function Accessibility(): preact.JSX.Element {
  const text = useTexts();
  const { operator, contact } = useOperator();
  return (
    <Page heading={text("a11y.heading")} title={text("a11y.heading")} footer={<Footer />}>
      <Paragraph>{text("a11y.who", { operator })}</Paragraph>
      <Paragraph>{text("a11y.standard")}</Paragraph>
      <Heading level={2}>{text("a11y.status")}</Heading>
      <Paragraph>{text("a11y.partly")}</Paragraph>
      <Heading level={2}>{text("a11y.tested")}</Heading>
      <Paragraph>{text("a11y.tested.screens")}</Paragraph>
      <Paragraph>{text("a11y.tested.keyboard")}</Paragraph>
      <Paragraph>{text("a11y.tested.sizes")}</Paragraph>
      <Heading level={2}>{text("a11y.known")}</Heading>
      <Paragraph>{text("a11y.people")}</Paragraph>
      <Paragraph>{text("a11y.languages")}</Paragraph>
      <Heading level={2}>{text("a11y.report")}</Heading>
      <Paragraph>{text("a11y.reportHow", { operator })}</Paragraph>
      {contact !== undefined && <Paragraph>{text("contact", { contact })}</Paragraph>}
      <Paragraph>{text("a11y.complain")}</Paragraph>
    </Page>
  );
}

function Privacy(): preact.JSX.Element {
  const text = useTexts();
  const { operator, contact } = useOperator();
  return (
    <Page heading={text("privacy.heading")} title={text("privacy.heading")} footer={<Footer />}>
      <Paragraph>{text("privacy.who", { operator })}</Paragraph>
      {contact !== undefined && <Paragraph>{text("contact", { contact })}</Paragraph>}
      <Heading level={2}>{text("privacy.read")}</Heading>
      <Paragraph>{text("privacy.encrypted")}</Paragraph>
      <Paragraph>{text("privacy.relay")}</Paragraph>
      <Paragraph>{text("privacy.anonymous")}</Paragraph>
      <Heading level={2}>{text("privacy.device")}</Heading>
      <Paragraph>{text("privacy.deviceApp")}</Paragraph>
      <Paragraph>{text("privacy.deviceReport")}</Paragraph>
      <Paragraph>{text("privacy.browser")}</Paragraph>
      <Paragraph>
        {text("privacy.code")} <Link href="/manifest.json">{text("privacy.manifest")}</Link>
      </Paragraph>
      <Heading level={2}>{text("privacy.rights")}</Heading>
      <Paragraph>{text("privacy.rightsHow", { operator })}</Paragraph>
    </Page>
  );
}

render(
  <TextsProvider memory={borrowedLanguage}>
    {location.pathname.startsWith("/privacy") ? <Privacy /> : <Accessibility />}
  </TextsProvider>,
  pageRoot(),
);
