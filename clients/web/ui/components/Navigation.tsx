/* The main screens beside each other. Each is a link to its fragment, so that it can be opened in a
 * tab of its own. */
interface NavigationItem {
  readonly screen: string;
  readonly label: string;
}

interface NavigationProps {
  readonly label: string;
  readonly items: readonly NavigationItem[];
  readonly current: string;
  readonly onGo: (screen: string) => void;
}

export function Navigation({ label, items, current, onGo }: NavigationProps): preact.JSX.Element {
  return (
    <nav class="kring-navigation" aria-label={label}>
      <ul>
        {items.map((item) => (
          <li key={item.screen}>
            <a
              href={`#${item.screen}`}
              {...(item.screen === current ? { "aria-current": "page" as const } : {})}
              onClick={(event) => {
                event.preventDefault();
                onGo(item.screen);
              }}
            >
              {item.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
