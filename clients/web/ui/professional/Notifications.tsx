/* Whether this device shows that something has come in. */
import { useState } from "preact/hooks";

import { notifications } from "../app/notifications.ts";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useProfessionalTexts } from "./texts.ts";

export function NotificationSettings(): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const [isOn, setOn] = useState(() => notifications.isOn);
  const [isRefused, setRefused] = useState(false);
  if (!notifications.isPossible) {
    return null;
  }
  const turnOn = async (): Promise<void> => {
    const isGranted = await notifications.turnOn();
    setOn(isGranted);
    setRefused(!isGranted);
  };
  const turnOff = (): void => {
    notifications.turnOff();
    setOn(false);
  };
  return (
    <section class="kring-screen">
      <Heading level={2}>{text("notify.heading")}</Heading>
      <Paragraph>{text("notify.text")}</Paragraph>
      {isRefused && <Notice kind="warning" isNews>{text("notify.refused")}</Notice>}
      {isOn && <Paragraph>{text("notify.isOn")}</Paragraph>}
      <Actions>
        {isOn
          ? <Button kind="secondary" onClick={turnOff}>{text("notify.off")}</Button>
          : <Button kind="secondary" onClick={() => void turnOn()}>{text("notify.on")}</Button>}
      </Actions>
    </section>
  );
}
