/* Screens and the browser's back button, without a secret in the URL or the history: the URL has
 * the screen's name at most, history entries a number. Which group or case it is about is in
 * memory only; the app keeps it sealed for after a reload (ui/app/place.tsx). */

export interface Route<S extends string = string> {
  readonly screen: S;
  readonly params?: Readonly<Record<string, string>>;
}

/** window.history and what goes with it. */
export interface BrowserHistory {
  /** The number that the present entry was given, undefined for one of somebody else. */
  index(): number | undefined;
  push(index: number, fragment: string | undefined): void;
  replace(index: number, fragment: string | undefined): void;
  back(): void;
}

export class Router<S extends string> {
  private readonly stack: Route<S>[];
  private at = 0;
  private readonly listeners = new Set<() => void>();

  /** With showsScreen the URL's fragment is the screen's name. */
  constructor(
    private readonly history: BrowserHistory,
    private readonly home: Route<S>,
    first: Route<S> = home,
    private readonly showsScreen = true,
  ) {
    this.stack = [first];
    this.history.replace(0, this.fragment(first));
  }

  get route(): Route<S> {
    return this.stack[this.at] ?? this.home;
  }

  /** How many entries of the history are behind this one. */
  get depth(): number {
    return this.at;
  }

  get canGoBack(): boolean {
    return this.at > 0;
  }

  go(screen: S, params?: Readonly<Record<string, string>>): void {
    const route: Route<S> = params === undefined ? { screen } : { screen, params };
    this.at++;
    this.stack.splice(this.at, this.stack.length, route);
    this.history.push(this.at, this.fragment(route));
    this.changed();
  }

  /** In place of this one: back does not come here again. */
  replace(screen: S, params?: Readonly<Record<string, string>>): void {
    const route: Route<S> = params === undefined ? { screen } : { screen, params };
    this.stack[this.at] = route;
    this.history.replace(this.at, this.fragment(route));
    this.changed();
  }

  back(): void {
    if (this.canGoBack) {
      this.history.back();
    }
  }

  /** The browser went back or forward. */
  moved(): void {
    this.at = Math.min(this.history.index() ?? 0, this.stack.length - 1);
    this.changed();
  }

  /** Forget where one was. */
  clear(): void {
    this.stack.splice(0, this.stack.length, this.home);
    this.at = 0;
    this.history.replace(0, this.fragment(this.home));
    this.changed();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private fragment(route: Route<S>): string | undefined {
    return this.showsScreen && route.screen !== this.home.screen ? `#${route.screen}` : undefined;
  }

  private changed(): void {
    this.listeners.forEach((listener) => listener());
  }
}
