/* Something to know: as part of the page, or as news that screen readers say aloud. */
import type { ComponentChildren } from "preact";

type NoticeKind = "info" | "ok" | "warning" | "error";

interface NoticeProps {
  readonly kind: NoticeKind;
  /** It appears while the page is open. */
  readonly isNews?: boolean;
  readonly children: ComponentChildren;
}

export function Notice({ kind, isNews, children }: NoticeProps): preact.JSX.Element {
  const role = isNews !== true ? undefined : kind === "error" ? "alert" : "status";
  return (
    <div
      class={`utrecht-alert utrecht-alert--${kind} utrecht-alert--distanced`}
      {...(role === undefined ? {} : { role })}
    >
      <div class="utrecht-alert__content kring-prose">{children}</div>
    </div>
  );
}
