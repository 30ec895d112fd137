/* The app of residents, coordinators and professionals. */
import { render } from "preact";

import { pageRoot, registerServiceWorker, rememberedLanguage, startClient } from "../browser.ts";
import { ClientProvider } from "../client.tsx";
import { Gate } from "./Gate.tsx";
import { AppTexts } from "./texts.ts";

registerServiceWorker();
const client = startClient();
render(
  <AppTexts memory={rememberedLanguage}>
    <ClientProvider client={client}>
      <Gate />
    </ClientProvider>
  </AppTexts>,
  pageRoot(),
);
