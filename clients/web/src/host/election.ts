/* One tab leads: it alone runs the machine and holds the connection. The others ask it. Only a tab
 * that can open the keystore stands for election. */

export interface Election {
  /** Resolves when this tab leads; never, if it resigns before. */
  lead(): Promise<void>;
  /** Somebody else leads now, or may. Without locks only: a tab that slept. */
  onLost: () => void;
  /** Let another lead, or stop waiting. */
  resign(): void;
}

/** Web Locks: the browser gives the lock to the next tab when this one ends, however it does. */
export class LockElection implements Election {
  onLost = (): void => {};
  private release = (): void => {};
  private waiting = new AbortController();

  constructor(
    private readonly name: string,
    private readonly locks: LockManager,
  ) {}

  lead(): Promise<void> {
    this.waiting = new AbortController();
    return new Promise((resolve) => {
      this.locks.request(this.name, { signal: this.waiting.signal }, () => {
        resolve();
        return new Promise<void>((release) => {
          this.release = release;
        });
      }).catch(() => {}); // it was aborted
    });
  }

  resign(): void {
    this.waiting.abort();
    this.release();
  }
}

const LEASE_MS = 8000;
const RENEW_MS = 2000;

/** Safari before 15.4 and Firefox before 96 have no locks: a lease in the keystore, renewed. */
export class LeaseElection implements Election {
  onLost = (): void => {};
  private readonly holder = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly take: (holder: string, now: number, span: number) => Promise<boolean>,
  ) {}

  lead(): Promise<void> {
    return new Promise((resolve) => {
      let leads = false;
      const turn = async (): Promise<void> => {
        const held = await this.take(this.holder, Date.now(), LEASE_MS);
        if (this.timer !== timer) {
          return; // resigned meanwhile
        }
        if (held && !leads) {
          resolve();
        } else if (!held && leads) {
          this.resign();
          this.onLost();
        }
        leads = held;
      };
      const timer = setInterval(turn, RENEW_MS);
      this.timer = timer;
      void turn();
    });
  }

  resign(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    void this.take(this.holder, Date.now(), 0);
  }
}
