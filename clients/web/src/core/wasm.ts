/* A module of clients/web/wasm: memory, entropy and errors. What a module does beyond that is in
 * machine.ts and vault.ts. */
import type { Bytes } from "./bytes.ts";

/** Fills the whole of its argument with random bytes, or throws. */
type Entropy = (into: Bytes) => void;

/** At most 65,536 bytes a call is what browsers give. */
export const systemEntropy: Entropy = (into) => {
  for (let at = 0; at < into.length; at += 65536) {
    crypto.getRandomValues(into.subarray(at, at + 65536));
  }
};

/** An error by its name in include/kring/err.h. */
export class KringError extends Error {
  constructor(readonly code: string) {
    super(code);
    this.name = "KringError";
  }
}

type Native = (...args: number[]) => number;

const ENOSYS = 52;
const KR_OK = 0;

/** Bytes inside the module; whoever got them from put or reserve gives them to free. */
export interface Region {
  readonly at: number;
  readonly length: number;
}

export class WasmModule {
  private readonly memory: WebAssembly.Memory;
  private readonly natives: WebAssembly.Exports;

  private constructor(instance: WebAssembly.Instance) {
    this.natives = instance.exports;
    this.memory = instance.exports["memory"] as WebAssembly.Memory;
  }

  static async load(
    source: WebAssembly.Module,
    entropy: Entropy = systemEntropy,
  ): Promise<WasmModule> {
    let self: WasmModule | undefined;
    const fill = (at: number, length: number): number => {
      try {
        entropy(self!.view(at, length));
        return KR_OK;
      } catch {
        return ENOSYS;
      }
    };
    // libsodium asks for its own randomness once, when it starts. There are no files, and
    // nothing waits.
    const instance = await WebAssembly.instantiate(source, {
      kring: { entropy: fill },
      wasi_snapshot_preview1: {
        random_get: fill,
        fd_close: () => ENOSYS,
        fd_seek: () => ENOSYS,
        fd_write: () => ENOSYS,
        poll_oneoff: () => ENOSYS,
      },
    });
    self = new WasmModule(instance);
    self.call("_initialize");
    self.check(self.call("web_init"));
    return self;
  }

  /** Call an exported function. */
  call(name: string, ...args: number[]): number {
    return (this.natives[name] as Native)(...args);
  }

  /** Throws unless an enum kr_err is KR_OK. */
  check(err: number): void {
    if (err !== KR_OK) {
      throw new KringError(this.errorName(err));
    }
  }

  errorName(err: number): string {
    const bytes = new Uint8Array(this.memory.buffer, this.call("web_error_name", err));
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** A view of the module's memory, good until the next call. */
  view(at: number, length: number): Bytes {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  dataView(at: number, length: number): DataView {
    return new DataView(this.memory.buffer, at, length);
  }

  /** A copy that outlives the next call. */
  take(at: number, length: number): Bytes {
    return this.view(at, length).slice();
  }

  text(at: number, length: number): string {
    return new TextDecoder().decode(this.view(at, length));
  }

  reserve(length: number): Region {
    const at = this.call("web_alloc", length);
    if (at === 0) {
      throw new KringError("memory");
    }
    return { at, length };
  }

  put(bytes: Bytes): Region {
    const region = this.reserve(bytes.length);
    this.view(region.at, region.length).set(bytes);
    return region;
  }

  /** Wiped, too. */
  free(...regions: Region[]): void {
    for (const { at, length } of regions) {
      this.call("web_free", at, length);
    }
  }
}

/** Compile what a URL serves; streaming where the browser can (Safari 14 cannot). KringError
 * "unreachable" if it is not served. */
export async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok !== true) {
    throw new KringError("unreachable");
  }
  return "compileStreaming" in WebAssembly
    ? WebAssembly.compileStreaming(response)
    : new WebAssembly.Module(await response.arrayBuffer());
}
