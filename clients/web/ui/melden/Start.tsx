/* The first screen: danger now, then a telephone, then everything else; and the five steps for whoever
 * does not know what to do. */
import { Actions, Button, ButtonLink } from "../components/Button.tsx";
import { Emergency } from "../components/Emergency.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { Frame } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";

export function Start(): preact.JSX.Element {
  const text = useReportTexts();
  const { router } = useSession();
  return (
    <Frame heading={text("start.heading")} isFirst>
      <Emergency />
      <Paragraph>{text("start.phone")}</Paragraph>
      <Actions>
        <ButtonLink kind="secondary" href="tel:08002000">
          {text("start.phoneButton")}
        </ButtonLink>
      </Actions>
      <Paragraph>{text("start.intro")}</Paragraph>
      <Actions>
        <Button onClick={() => router.go("inbox")}>{text("start.tell")}</Button>
        <Button kind="secondary" onClick={() => router.go("return")}>{text("start.return")}</Button>
        <Button kind="subtle" onClick={() => router.go("steps")}>{text("start.steps")}</Button>
      </Actions>
    </Frame>
  );
}

/** The Meldcode's steps as prompts: nothing is filled in, and nothing is weighed for anybody. */
export function Steps(): preact.JSX.Element {
  const text = useReportTexts();
  const { router } = useSession();
  return (
    <Frame heading={text("steps.heading")}>
      <Paragraph>{text("steps.intro")}</Paragraph>
      {([1, 2, 3, 4, 5] as const).map((step) => (
        <section key={step}>
          <Heading level={2}>
            {step}. {text(`steps.${step}`)}
          </Heading>
          <Paragraph>{text(`steps.${step}.text`)}</Paragraph>
        </section>
      ))}
      <Actions>
        <Button onClick={() => router.go("inbox")}>{text("start.tell")}</Button>
        <ButtonLink kind="secondary" href="tel:08002000">
          {text("start.phoneButton")}
        </ButtonLink>
      </Actions>
    </Frame>
  );
}
