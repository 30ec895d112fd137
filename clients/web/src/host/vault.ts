/* The keys of the keystore, and how its records are sealed with them.
 *
 *   passphrase --Argon2id--> --HMAC under the device key--> wrapping key --opens--> master key
 *   master key --HKDF--> the two keys in use: of records and of names
 *
 * The device key is made by the browser and never leaves it, so a copy of the disk's files alone
 * cannot be tried against passphrases; the passphrase keeps out who has the unlocked phone in
 * hand. All keys in use are CryptoKeys that cannot be read, only used; another tab may be given
 * them. An empty passphrase is a keystore that opens by itself. */
import { type Bytes, fromLatin1, latin1, utf8 } from "../core/bytes.ts";
import { KringError } from "../core/wasm.ts";
import type { Argon2Cost } from "../core/derive.ts";

/** What is kept beside the records. */
export interface VaultHeader {
  readonly salt: Bytes;
  readonly cost: Argon2Cost;
  readonly deviceKey: CryptoKey;
  readonly nonce: Bytes;
  readonly master: Bytes;
  /** The passphrase is empty. */
  readonly isOpen: boolean;
}

export interface VaultKeys {
  readonly records: CryptoKey;
  readonly names: CryptoKey;
}

/** derive.ts with its module. */
export type Derive = (password: Bytes, salt: Bytes, cost: Argon2Cost) => Bytes;

const NONCE_BYTES = 12;
const MASTER_BYTES = 32;

const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

/** A new vault. */
export async function createVault(
  derive: Derive,
  passphrase: string,
  cost: Argon2Cost,
): Promise<{ header: VaultHeader; keys: VaultKeys }> {
  const deviceKey = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const master = random(MASTER_BYTES);
  const header = await wrap(derive, deviceKey, master, passphrase, cost);
  const keys = await keysOf(master);
  master.fill(0);
  return { header, keys };
}

/** KringError "passphrase" if it is another. */
export async function openVault(
  derive: Derive,
  header: VaultHeader,
  passphrase: string,
): Promise<VaultKeys> {
  const master = await unwrap(derive, header, passphrase);
  const keys = await keysOf(master);
  master.fill(0);
  return keys;
}

/** The header under another passphrase; records stay as they are. */
export async function changePassphrase(
  derive: Derive,
  header: VaultHeader,
  passphrase: string,
  next: string,
  cost: Argon2Cost,
): Promise<VaultHeader> {
  const master = await unwrap(derive, header, passphrase);
  const changed = await wrap(derive, header.deviceKey, master, next, cost);
  master.fill(0);
  return changed;
}

async function wrappingKey(
  derive: Derive,
  deviceKey: CryptoKey,
  passphrase: string,
  salt: Bytes,
  cost: Argon2Cost,
): Promise<CryptoKey> {
  const stretched = derive(utf8(passphrase.normalize("NFC")), salt, cost);
  const mixed = await crypto.subtle.sign("HMAC", deviceKey, stretched);
  stretched.fill(0);
  return crypto.subtle.importKey("raw", mixed, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function wrap(
  derive: Derive,
  deviceKey: CryptoKey,
  master: Bytes,
  passphrase: string,
  cost: Argon2Cost,
): Promise<VaultHeader> {
  const salt = random(16);
  const nonce = random(NONCE_BYTES);
  const key = await wrappingKey(derive, deviceKey, passphrase, salt, cost);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, master);
  return {
    salt, cost, deviceKey, nonce, master: new Uint8Array(sealed), isOpen: passphrase === "",
  };
}

async function unwrap(
  derive: Derive,
  header: VaultHeader,
  passphrase: string,
): Promise<Bytes> {
  const { deviceKey, salt, cost, nonce } = header;
  const key = await wrappingKey(derive, deviceKey, passphrase, salt, cost);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, header.master));
  } catch {
    throw new KringError("passphrase");
  }
}

async function keysOf(master: Bytes): Promise<VaultKeys> {
  const base = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveKey"]);
  const hkdf = (info: string): HkdfParams => ({
    name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: utf8(info),
  });
  return {
    records: await crypto.subtle.deriveKey(hkdf("kring web records v1"), base,
      { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    names: await crypto.subtle.deriveKey(hkdf("kring web names v1"), base,
      { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]),
  };
}

/** A record as it lies on the disk: neither its name nor its content can be read there. */
interface SealedRecord {
  readonly place: string;
  readonly sealed: Bytes;
}

/** Where the record of that name lies. */
export async function placeOf(keys: VaultKeys, name: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", keys.names, latin1(name));
  return fromLatin1(new Uint8Array(mac));
}

/** nonce[12], then the sealed length of the name, name and value; bound to its place. */
export async function sealRecord(
  keys: VaultKeys,
  name: string,
  value: Bytes,
): Promise<SealedRecord> {
  const place = await placeOf(keys, name);
  const nonce = random(NONCE_BYTES);
  const plain = new Uint8Array(1 + name.length + value.length);
  plain[0] = name.length;
  plain.set(latin1(name), 1);
  plain.set(value, 1 + name.length);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: latin1(place) }, keys.records, plain);
  plain.fill(0);
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  bytes.set(nonce);
  bytes.set(new Uint8Array(sealed), NONCE_BYTES);
  return { place, sealed: bytes };
}

/** KringError "bad_state_record" if it is damaged or lay somewhere else. */
export async function openRecord(
  keys: VaultKeys,
  record: SealedRecord,
): Promise<{ name: string; value: Bytes }> {
  let plain: Bytes;
  try {
    plain = new Uint8Array(await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: record.sealed.subarray(0, NONCE_BYTES),
        additionalData: latin1(record.place),
      },
      keys.records, record.sealed.subarray(NONCE_BYTES)));
  } catch {
    throw new KringError("bad_state_record");
  }
  const end = 1 + (plain[0] ?? 0);
  return { name: fromLatin1(plain.subarray(1, end)), value: plain.subarray(end) };
}
