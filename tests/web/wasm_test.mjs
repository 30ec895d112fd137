// The library as WebAssembly: how it is called, and its primitives against official vectors.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import { run } from "../interop/tap.mjs";
import { source, vectors, wasm } from "./lib/source.mjs";

const { WasmModule, KringError } = await source("src/core/wasm.ts");
const { argon2id } = await source("src/core/derive.ts");
const compiled = await wasm("check");
const module = await WasmModule.load(compiled);

const hex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const toHex = (bytes) => Buffer.from(bytes).toString("hex");
const utf8 = (text) => new TextEncoder().encode(text);

/** Call one of clients/web/wasm/check.c; its output in hex, or the name of its error. */
function check(name, outLength, inputs, instance = module) {
  const regions = inputs.map((input) => instance.put(input));
  const views = instance.reserve(8 * regions.length);
  const out = instance.reserve(outLength);
  regions.forEach(({ at, length }, i) => {
    const view = instance.dataView(views.at + 8 * i, 8);
    view.setUint32(0, at, true);
    view.setUint32(4, length, true);
  });
  const err = instance.call(name, out.at, views.at);
  const result = err === 0 ? toHex(instance.take(out.at, outLength)) : instance.errorName(err);
  instance.free(...regions, views, out);
  return result;
}

/** Every test of a Wycheproof file; each gives what happened and what should have. */
async function wycheproof(file, each) {
  const { testGroups } = await vectors(`wycheproof/${file}_test.json`);
  let count = 0;
  for (const group of testGroups) {
    for (const test of group.tests) {
      const outcome = each(test, group);
      if (outcome !== undefined) {
        assert.equal(outcome[0], outcome[1], `${file} ${test.tcId}: ${test.comment}`);
        count++;
      }
    }
  }
  assert.ok(count > 30, `only ${count} of ${file}`);
  return `${file}: ${count} vectors`;
}

function hashes() {
  for (let length = 0; length < 300; length += 7) {
    const input = randomBytes(length);
    for (const [name, bits] of [["check_sha256", 256], ["check_sha512", 512]]) {
      const expected = createHash(`sha${bits}`).update(input).digest("hex");
      assert.equal(check(name, bits / 8, [input]), expected);
    }
  }
}

const hmac = () => wycheproof("hmac_sha256", ({ key, msg, tag, result }, { tagSize }) =>
  tagSize === 256 && result === "valid"
    ? [check("check_hmac", 32, [hex(key), hex(msg)]), tag]
    : undefined);

const aead = () => wycheproof("chacha20_poly1305", ({ key, iv, aad, msg, ct, tag, result }) =>
  iv.length === 24 && result === "valid"
    ? [check("check_aead_seal", msg.length / 2 + 16, [hex(key), hex(iv), hex(aad), hex(msg)]), ct + tag]
    : undefined);

const x25519 = () => wycheproof("x25519", ({ public: pk, private: sk, shared }) =>
  [check("check_x25519", 32, [hex(sk), hex(pk)]), /^0+$/.test(shared) ? "key" : shared]);

const ed25519 = () => wycheproof("ed25519", ({ sig, msg, result }, { publicKey }) =>
  [check("check_verify", 0, [hex(sig), hex(publicKey.pk), hex(msg)]),
    result === "valid" ? "" : "signature"]);

/** RFC 8032 §7.1, TEST 2. */
function signs() {
  const seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  assert.equal(check("check_sign", 96, [seed, hex("72")]),
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" +
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

/** RFC 9180 appendix A, mode base: what is sealed byte for byte, since ikmE is the only randomness. */
async function hpke() {
  const base = (await vectors("hpke.json")).find(({ mode }) => mode === 0);
  const { ikmR, skRm, pkRm, ikmE, enc, info } = base;
  assert.equal(check("check_hpke_keypair", 64, [hex(ikmR)]), skRm + pkRm);
  const sender = await WasmModule.load(compiled, (into) => {
    into.set(hex(ikmE).subarray(0, into.length));
  });
  const { aad, pt, ct } = base.encryptions[0];
  assert.equal(
    check("check_hpke_seal", 32 + ct.length / 2, [hex(pkRm), hex(info), hex(aad), hex(pt)], sender),
    enc + ct);
  const sealed = [hex(skRm), hex(info), hex(aad), hex(enc), hex(ct)];
  assert.equal(check("check_hpke_open", pt.length / 2, sealed), pt);
  sealed[4][0] ^= 1;
  assert.equal(check("check_hpke_open", pt.length / 2, sealed), "decrypt");
}

/** As in tests/unit/crypto/argon2_test.c: 64 MiB fit in the module's memory, more than once. */
function argon2() {
  const salt = utf8("kring receipt v1");
  const cost = { passes: 2, memory: 64 << 20 };
  for (let time = 0; time < 2; time++) {
    assert.equal(toHex(argon2id(module, utf8("01234567890123456789"), salt, cost)),
      "4f996ab062192de960402611c34de6ba5f7ece7ce829e5846a5170f2fb8fd914");
  }
  assert.throws(() => argon2id(module, utf8("x"), salt, { passes: 0, memory: 64 << 20 }),
    new KringError("argument"));
}

async function entropyFails() {
  let isBroken = false;
  const instance = await WasmModule.load(compiled, (into) => {
    if (isBroken) {
      throw new Error("no entropy");
    }
    into.fill(7);
  });
  isBroken = true;
  const { pkRm } = (await vectors("hpke.json"))[0];
  const empty = new Uint8Array(0);
  assert.equal(check("check_hpke_seal", 48, [hex(pkRm), empty, empty, empty], instance), "random");
}

function memory() {
  const region = module.put(utf8("secret"));
  assert.equal(module.text(region.at, region.length), "secret");
  module.free(region);
  assert.ok(!Buffer.from(module.view(region.at, 6)).includes("secret"), "freed memory is wiped");
  assert.throws(() => module.reserve(1 << 30), new KringError("memory"));
  assert.equal(module.call("check_sha256", module.reserve(32).at, module.put(new Uint8Array(8)).at), 0);
}

await run([
  ["memory is given, wiped and refused", memory],
  ["SHA-256 and SHA-512 are Node's", hashes],
  ["HMAC-SHA256", hmac],
  ["ChaCha20-Poly1305", aead],
  ["X25519", x25519],
  ["Ed25519 verifies", ed25519],
  ["Ed25519 signs", signs],
  ["HPKE, mode base", hpke],
  ["Argon2id in 64 MiB", argon2],
  ["a failing source of entropy", entropyFails],
]);
