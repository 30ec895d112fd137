/* What stands before anything else wherever somebody may be in danger. */
import { useCommon } from "../texts.tsx";
import { Actions, ButtonLink } from "./Button.tsx";
import { Heading, Paragraph } from "./Text.tsx";

export function Emergency(): preact.JSX.Element {
  const { text } = useCommon();
  return (
    <section class="kring-emergency" aria-labelledby="emergency-title">
      <Heading level={2} id="emergency-title">
        {text("emergency.title")}
      </Heading>
      <Actions>
        <ButtonLink kind="danger" href="tel:112">
          {text("emergency.call")}
        </ButtonLink>
      </Actions>
      <Paragraph>{text("emergency.notHere")}</Paragraph>
    </section>
  );
}
