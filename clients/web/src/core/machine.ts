/* The client's machine without I/O, include/kring/core.h: inputs go in, what is to be done comes
 * out. runner.ts does it. Times are milliseconds since 1970; bytes given to an input are the
 * caller's, bytes in an output are copies. */
import { type Bytes, fromLatin1, latin1, utf8 } from "./bytes.ts";
import type { Region, WasmModule } from "./wasm.ts";

/** One change of the keystore; without a value the record is deleted. */
export interface RecordChange {
  readonly key: string;
  readonly value: Bytes | null;
}

export type Input =
  | { readonly kind: "start" }
  | { readonly kind: "command"; readonly id: number; readonly command: object }
  | { readonly kind: "stored"; readonly id: number }
  | { readonly kind: "storeFailed"; readonly id: number }
  | { readonly kind: "connected" }
  | { readonly kind: "message"; readonly data: string | Bytes }
  | { readonly kind: "disconnected"; readonly code: number }
  | { readonly kind: "timer" }
  | { readonly kind: "online" };

export type Output =
  | { readonly kind: "store"; readonly id: number; readonly records: RecordChange[] }
  | { readonly kind: "connect"; readonly url: string }
  | { readonly kind: "send"; readonly data: string | Bytes }
  | { readonly kind: "disconnect" }
  | { readonly kind: "timerAt"; readonly time: number }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "tell"; readonly tell: unknown };

/** enum kr_core_input_kind */
const INPUT_KINDS = {
  start: 1, command: 2, stored: 3, storeFailed: 4, connected: 5, message: 6, disconnected: 7,
  timer: 8, online: 9,
} as const;

/** enum kr_core_output_kind, from 1 */
const OUTPUT_KINDS = [
  "store", "connect", "send", "disconnect", "timerAt", "answer", "tell",
] as const;

const OUTPUT_BYTES = 40;
const RECORD_BYTES = 20;

export class Machine {
  private readonly core: number;
  private readonly output: Region;

  private readonly prefix: string;

  /** Which one: a member's (kring.wasm) or a reporter's, which stores nothing and is not
   * started (report.wasm, include/kring/report.h). */
  constructor(
    private readonly module: WasmModule,
    which: "core" | "report",
  ) {
    this.prefix = `web_${which}`;
    const pointer = module.reserve(4);
    module.check(module.call(`${this.prefix}_new`, pointer.at));
    this.core = module.dataView(pointer.at, 4).getUint32(0, true);
    module.free(pointer);
    this.output = module.reserve(OUTPUT_BYTES);
  }

  /** Wipes everything; nothing may be called after it. */
  free(): void {
    this.module.call(`${this.prefix}_free`, this.core);
    this.module.free(this.output);
  }

  /** Give back one record, before the start. */
  load(key: string, value: Bytes): void {
    const name = this.module.put(latin1(key));
    const content = this.module.put(value);
    const err = this.module.call(`${this.prefix}_load`, this.core, name.at, name.length, content.at,
      content.length);
    this.module.free(name, content);
    this.module.check(err);
  }

  /** Throws a KringError when the machine has to be stopped (any code but "state"). */
  input(input: Input, now: number): void {
    const bytes = this.module.put(bytesOf(input));
    const isText = input.kind === "message" && typeof input.data === "string";
    const err = this.module.call(`${this.prefix}_input`, this.core, INPUT_KINDS[input.kind],
      "id" in input ? input.id : 0, bytes.at, bytes.length, isText ? 1 : 0,
      input.kind === "disconnected" ? input.code : 0, now);
    this.module.free(bytes);
    this.module.check(err);
  }

  /** The next thing to do; undefined if there is none (now). */
  nextOutput(): Output | undefined {
    if (this.module.call(`${this.prefix}_output`, this.core, this.output.at) === 0) {
      return undefined;
    }
    const fields = this.module.dataView(this.output.at, OUTPUT_BYTES);
    const id = fields.getFloat64(0, true);
    const at = fields.getUint32(24, true);
    const length = fields.getUint32(28, true);
    const kind = OUTPUT_KINDS[fields.getUint32(16, true) - 1];
    switch (kind) {
      case "store":
        return {
          kind, id, records: this.records(fields.getUint32(32, true), fields.getUint32(36, true)),
        };
      case "connect":
        return { kind, url: this.module.text(at, length) };
      case "send": {
        const isText = fields.getUint32(20, true) !== 0;
        return { kind, data: isText ? this.module.text(at, length) : this.module.take(at, length) };
      }
      case "disconnect":
        return { kind };
      case "timerAt":
        return { kind, time: fields.getFloat64(8, true) };
      case "answer":
        return { kind, id, answer: JSON.parse(this.module.text(at, length)) };
      case "tell":
        return { kind, tell: JSON.parse(this.module.text(at, length)) };
      case undefined:
        throw new Error("an output of an unknown kind");
    }
  }

  /** The answer to a question; it may be one with an "error". */
  query(question: object, now: number): unknown {
    const asked = this.module.put(utf8(JSON.stringify(question)));
    const answer = this.module.reserve(8);
    const err = this.module.call(`${this.prefix}_query`, this.core, asked.at, asked.length, now, answer.at);
    const fields = this.module.dataView(answer.at, 8);
    const region = { at: fields.getUint32(0, true), length: fields.getUint32(4, true) };
    this.module.free(asked, answer);
    this.module.check(err);
    const text = this.module.text(region.at, region.length);
    this.module.free(region);
    return JSON.parse(text);
  }

  private records(at: number, count: number): RecordChange[] {
    const records: RecordChange[] = [];
    for (let i = 0; i < count; i++) {
      records.push(this.recordAt(at + i * RECORD_BYTES));
    }
    return records;
  }

  private recordAt(at: number): RecordChange {
    const fields = this.module.dataView(at, RECORD_BYTES);
    const key = this.module.take(fields.getUint32(0, true), fields.getUint32(4, true));
    const isDeleted = fields.getUint8(16) !== 0;
    return {
      key: fromLatin1(key),
      value: isDeleted
        ? null
        : this.module.take(fields.getUint32(8, true), fields.getUint32(12, true)),
    };
  }
}

function bytesOf(input: Input): Bytes {
  switch (input.kind) {
    case "command":
      return utf8(JSON.stringify(input.command));
    case "message":
      return typeof input.data === "string" ? utf8(input.data) : input.data;
    default:
      return new Uint8Array(0);
  }
}
