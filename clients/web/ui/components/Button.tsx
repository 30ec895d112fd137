/* Buttons do something, links go somewhere. */
import type { ComponentChildren } from "preact";

type ButtonKind = "primary" | "secondary" | "subtle" | "danger";

const CLASSES: { readonly [K in ButtonKind]: string } = {
  primary: "utrecht-button--primary-action",
  secondary: "utrecht-button--secondary-action",
  subtle: "utrecht-button--subtle",
  danger: "utrecht-button--primary-action utrecht-button--danger",
};

const classOf = (kind: ButtonKind): string => `utrecht-button ${CLASSES[kind]}`;

interface ButtonProps {
  readonly kind?: ButtonKind;
  readonly type?: "button" | "submit";
  /** Something is under way: it stays operable for the keyboard, and says so. */
  readonly isBusy?: boolean;
  readonly onClick?: (event: Event) => void;
  readonly children: ComponentChildren;
}

export function Button(props: ButtonProps): preact.JSX.Element {
  return (
    <button
      type={props.type ?? "button"}
      class={classOf(props.kind ?? "primary")}
      aria-busy={props.isBusy === true}
      aria-disabled={props.isBusy === true}
      onClick={(event) => {
        if (props.isBusy === true) {
          event.preventDefault();
        } else {
          props.onClick?.(event);
        }
      }}
    >
      {props.children}
    </button>
  );
}

interface LinkProps {
  readonly href: string;
  readonly target?: "_blank";
  readonly rel?: "opener";
  readonly onClick?: (event: Event) => void;
  readonly children: ComponentChildren;
}

export function Link({ children, ...rest }: LinkProps): preact.JSX.Element {
  return (
    <a class="utrecht-link utrecht-link--html-a" {...rest}>
      {children}
    </a>
  );
}

/** A link of the size of a button: a telephone number, or where a path begins. */
export function ButtonLink({ kind, children, ...rest }: LinkProps & { kind?: ButtonKind }): preact.JSX.Element {
  return (
    <a class={`${classOf(kind ?? "primary")} kring-button-link`} {...rest}>
      {children}
    </a>
  );
}

/** Buttons beside or below each other. */
export function Actions({ children }: { children: ComponentChildren }): preact.JSX.Element {
  return <div class="kring-actions">{children}</div>;
}
