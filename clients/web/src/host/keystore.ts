/* The machine's records in IndexedDB. Writes are strict: when one is done, it is on the disk.
 *
 * Only one tab may write. Whoever begins takes a new fence (a number that counts up), every write
 * asks within its transaction whether its fence is still the last: so a tab that was asleep while
 * another took over cannot write an old ratchet over a newer one. */
import type { Bytes } from "../core/bytes.ts";
import { type DBSchema, type IDBPDatabase, deleteDB, openDB } from "idb";

import type { RecordChange } from "../core/machine.ts";
import { KringError } from "../core/wasm.ts";
import { type VaultHeader, type VaultKeys, openRecord, placeOf, sealRecord } from "./vault.ts";

/** Who leads where the browser has no locks, election.ts. */
interface Lease {
  readonly holder: string;
  readonly until: number;
}

interface Schema extends DBSchema {
  records: { key: string; value: Bytes };
  header: { key: "vault"; value: VaultHeader };
  fence: { key: "fence"; value: number };
  lease: { key: "lease"; value: Lease };
}

const VERSION = 1;
const STRICT: IDBTransactionOptions = { durability: "strict" };

export class Keystore {
  private constructor(
    private readonly db: IDBPDatabase<Schema>,
    private readonly name: string,
  ) {}

  static async open(name: string): Promise<Keystore> {
    const db = await openDB<Schema>(name, VERSION, {
      upgrade(fresh) {
        for (const store of ["records", "header", "fence", "lease"] as const) {
          fresh.createObjectStore(store);
        }
      },
      blocking() {
        db.close(); // another tab wipes everything
      },
    });
    return new Keystore(db, name);
  }

  header(): Promise<VaultHeader | undefined> {
    return this.db.get("header", "vault");
  }

  async putHeader(header: VaultHeader): Promise<void> {
    const tx = this.db.transaction("header", "readwrite", STRICT);
    await Promise.all([tx.store.put(header, "vault"), tx.done]);
  }

  /** From now on all earlier fences are void. */
  async takeFence(): Promise<number> {
    const tx = this.db.transaction("fence", "readwrite", STRICT);
    const fence = ((await tx.store.get("fence")) ?? 0) + 1;
    await Promise.all([tx.store.put(fence, "fence"), tx.done]);
    return fence;
  }

  /** Every record, opened; in no order. */
  async load(keys: VaultKeys, each: (name: string, value: Bytes) => void): Promise<void> {
    const [places, values] = await this.readAll();
    for (const [i, place] of places.entries()) {
      const { name, value } = await openRecord(keys, { place, sealed: values[i]! });
      each(name, value);
    }
  }

  private async readAll(): Promise<[string[], Bytes[]]> {
    const tx = this.db.transaction("records");
    return Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
  }

  /** All changes or none. KringError "fenced": another tab has taken over. */
  async write(keys: VaultKeys, fence: number, changes: readonly RecordChange[]): Promise<void> {
    const deleted: string[] = [];
    const sealed = [];
    for (const { key, value } of changes) {
      if (value === null) {
        deleted.push(await placeOf(keys, key));
      } else {
        sealed.push(await sealRecord(keys, key, value));
      }
    }
    const tx = this.db.transaction(["records", "fence"], "readwrite", STRICT);
    if ((await tx.objectStore("fence").get("fence")) !== fence) {
      throw new KringError("fenced");
    }
    const records = tx.objectStore("records");
    await Promise.all([
      ...deleted.map((place) => records.delete(place)),
      ...sealed.map((record) => records.put(record.sealed, record.place)),
      tx.done,
    ]);
  }

  /** Take or renew the lease; false while another holds it. */
  async takeLease(holder: string, now: number, span: number): Promise<boolean> {
    const tx = this.db.transaction("lease", "readwrite");
    const lease = await tx.store.get("lease");
    const isFree = lease === undefined || lease.holder === holder || lease.until < now;
    if (isFree) {
      await tx.store.put({ holder, until: now + span }, "lease");
    }
    await tx.done;
    return isFree;
  }

  close(): void {
    this.db.close();
  }

  /** Nothing is left of it. */
  async wipe(): Promise<void> {
    this.db.close();
    await deleteDB(this.name);
  }
}
