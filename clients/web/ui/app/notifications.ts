/* Notifications of the system, for professionals: that there is something, never what. Off until they are
 * wanted, and only while a tab is open. */
import { useCallback } from "preact/hooks";

import type { Tell } from "../../src/core/commands.ts";
import { useTells } from "../client.tsx";
import { NEUTRAL_NAME } from "../components/Page.tsx";
import { useAppTexts } from "./texts.ts";

const NOTIFY_KEY = "notify";

/** That they are wanted is kept in this browser. */
export const notifications = {
  get isPossible(): boolean {
    return "Notification" in globalThis;
  },
  get isOn(): boolean {
    try {
      return this.isPossible && Notification.permission === "granted" && localStorage.getItem(NOTIFY_KEY) === "on";
    } catch {
      return false;
    }
  },
  /** Whether the user's browser permits it. */
  async turnOn(): Promise<boolean> {
    if ((await Notification.requestPermission()) !== "granted") {
      return false;
    }
    try {
      localStorage.setItem(NOTIFY_KEY, "on");
    } catch {
      // It cannot be remembered, so it is not on.
    }
    return this.isOn;
  },
  turnOff(): void {
    try {
      localStorage.removeItem(NOTIFY_KEY);
    } catch {
      // Then it was never on.
    }
  },
  /** A newer one takes the place of the one before. */
  show(title: string, body: string): void {
    if (!this.isOn) {
      return;
    }
    try {
      const shown = new Notification(title, { body, tag: "kring", icon: "/icon-192.png" });
      shown.onclick = () => {
        window.focus();
        shown.close();
      };
    } catch {
      // Some phones let only a service worker do this.
    }
  },
};

/** Shows them while one looks at something else. */
export function Notifier(): null {
  const text = useAppTexts();
  const body = text("notify.body");
  const onTell = useCallback((tell: Tell) => {
    if ((tell.tell === "case" || tell.tell === "late") && document.visibilityState === "hidden") {
      notifications.show(NEUTRAL_NAME, body);
    }
  }, [body]);
  useTells(onTell);
  return null;
}
