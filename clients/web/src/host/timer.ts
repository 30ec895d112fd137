/* A timer for a time of the clock, however far away. */

/** setTimeout counts in 32 bits. */
const FARTHEST_MS = 2 ** 31 - 1;

export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ring: () => void) {}

  set(time: number | undefined): void {
    clearTimeout(this.handle);
    if (time !== undefined) {
      const now = Date.now();
      this.handle = setTimeout(() => this.turn(time, now), Math.min(Math.max(time - now, 0), FARTHEST_MS));
    }
  }

  /** A clock that was set back rings too: who asked looks what is due by it. */
  private turn(time: number, since: number): void {
    if (Date.now() >= time || Date.now() < since) {
      this.ring();
    } else {
      this.set(time);
    }
  }
}
