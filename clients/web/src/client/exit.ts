/* Leaving at once: Shift three times, each within five seconds of the last, and nothing else in
 * between. After the GOV.UK pattern "Exit this page". */

export const PRESSES = 3;
const WINDOW_MS = 5000;

export class ShiftCounter {
  private count = 0;
  private last = 0;

  /** A key was pressed alone at that time; how many times Shift was pressed now. */
  press(key: string, now: number): number {
    if (key !== "Shift") {
      this.count = 0;
    } else {
      this.count = now - this.last > WINDOW_MS ? 1 : this.count + 1;
      this.last = now;
    }
    return this.count;
  }

  reset(): void {
    this.count = 0;
  }
}
