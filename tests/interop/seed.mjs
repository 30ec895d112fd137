// Everything random in an interop test comes from one printed seed, so that a run can be
// repeated: KRING_TEST_SEED=<number>.
import { createHash } from "node:crypto";

export const seed =
  Number(process.env.KRING_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;

// A stream of bytes of its own for each purpose: SHA-256 in counter mode.
export class Random {
  #purpose;
  #blocks = 0;

  constructor(purpose) {
    this.#purpose = purpose;
  }

  bytes(len) {
    const out = new Uint8Array(len);
    for (let at = 0; at < len; at += 32) {
      const block = createHash("sha256")
        .update(`${this.#purpose} ${seed} ${this.#blocks++}`).digest();
      out.set(block.subarray(0, Math.min(32, len - at)), at);
    }
    return out;
  }

  // From 0 up to and without n; the bias of 2^32 mod n does not matter here.
  below(n) {
    const [a, b, c, d] = this.bytes(4);
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % n;
  }

  // Bytes of a random length.
  some(min, max) {
    return this.bytes(min + this.below(max - min + 1));
  }
}
