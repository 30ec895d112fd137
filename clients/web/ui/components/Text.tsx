/* Headings and paragraphs. */
import type { ComponentChildren } from "preact";

export function Heading({ level, id, children }: {
  level: 2 | 3 | 4;
  id?: string;
  children: ComponentChildren;
}): preact.JSX.Element {
  const Tag = `h${level}` as const;
  return (
    <Tag class={`nl-heading nl-heading--level-${level}`} {...(id === undefined ? {} : { id })}>
      {children}
    </Tag>
  );
}

export function Paragraph({ children }: { children: ComponentChildren }): preact.JSX.Element {
  return <p class="utrecht-paragraph utrecht-paragraph--distanced">{children}</p>;
}

/** What people wrote: its line breaks are kept, nothing in it is markup. `dir=auto`: it may be in
 * another language than the page. */
export function Written({ children }: { children: string }): preact.JSX.Element {
  return (
    <p class="utrecht-paragraph utrecht-paragraph--distanced kring-written" dir="auto">
      {children}
    </p>
  );
}
