/* A timer for a time of the clock, however far away. */

/** setTimeout counts in 32 bits. */
const FARTHEST_MS = 2 ** 31 - 1;

export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ring: () => void) {}

  set(time: number | undefined): void {
    clearTimeout(this.handle);
    if (time !== undefined) {
      const wait = Math.min(Math.max(time - Date.now(), 0), FARTHEST_MS);
      this.handle = setTimeout(() => (Date.now() >= time ? this.ring() : this.set(time)), wait);
    }
  }
}
