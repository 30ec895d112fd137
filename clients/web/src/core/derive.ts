import type { Bytes } from "./bytes.ts";
import type { WasmModule } from "./wasm.ts";

export interface Argon2Cost {
  readonly passes: number;
  readonly memory: number;
}

/** What a passphrase costs to try: about a second on an old phone. */
export const PASSPHRASE_COST: Argon2Cost = { passes: 3, memory: 64 << 20 };

/** Argon2id, one lane, 32 bytes out; salt of 16 bytes. */
export function argon2id(
  module: WasmModule,
  password: Bytes,
  salt: Bytes,
  cost: Argon2Cost,
): Bytes {
  const secret = module.put(password);
  const salted = module.put(salt);
  const out = module.reserve(32);
  try {
    module.check(module.call("web_argon2id", out.at, out.length, secret.at, secret.length,
      salted.at, cost.passes, cost.memory));
    return module.take(out.at, out.length);
  } finally {
    module.free(secret, salted, out);
  }
}
