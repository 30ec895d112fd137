// OPRF, VOPRF and POPRF, RFC 9497: Kring and @noble/curves are client and server for each
// other, in batches, and neither takes a proof that is not right.
//
//	node voprf_test.mjs <voprf_peer>
import assert from "node:assert/strict";
import { ristretto255_oprf } from "@noble/curves/ed25519.js";
import { Peer, hex, unhex } from "./peer.mjs";
import { Random } from "./seed.mjs";
import { run } from "./tap.mjs";

const ROUNDS = 6;
const BATCH_MAX = 6;
const MODES = ["OPRF", "VOPRF", "POPRF"];
const OPRF = 0;
const POPRF = 2;

const random = new Random("voprf");
const rng = (len) => random.bytes(len);
const peer = new Peer(process.argv[2]);
const counts = { batches: 0, evaluations: 0, cheats: 0 };

const join = (list) => unhex(list.map(hex).join(""));
const split = (text, len) => text.match(new RegExp(`.{${2 * len}}`, "g")).map(unhex);

// noble has three objects with slightly different signatures; here they are one.
function noble(mode, info) {
  const { oprf, voprf, poprf } = ristretto255_oprf;
  const suite = [oprf, voprf, poprf(info)][mode];
  return {
    derive: (seed, keyInfo) => suite.deriveKeyPair(seed, keyInfo),
    evaluate: (sk, input) => suite.evaluate(sk, input),
    blind: (input, pk) =>
      mode === POPRF ? suite.blind(input, pk, rng) : suite.blind(input, rng),
    blindEvaluate: (sk, pk, blinded) => [
      () => ({ evaluated: blinded.map((b) => suite.blindEvaluate(sk, b)) }),
      () => suite.blindEvaluateBatch(sk, pk, blinded, rng),
      () => suite.blindEvaluateBatch(sk, blinded, rng),
    ][mode](),
    finalize: (items, pk, proof) => [
      () => items.map((i) => suite.finalize(i.input, i.blind, i.evaluated)),
      () => suite.finalizeBatch(items, pk, proof),
      () => suite.finalizeBatch(items, proof, items[0].tweakedKey),
    ][mode](),
  };
}

// Both derive the same key; info is the public one of POPRF.
async function scene(mode) {
  const info = mode === POPRF ? random.some(0, 60) : new Uint8Array();
  const suite = noble(mode, info);
  const seed = random.bytes(32);
  const keyInfo = random.some(0, 60);
  const key = await peer.call("derive_keypair", { mode, seed, key_info: keyInfo });
  const theirs = suite.derive(seed, keyInfo);
  assert.equal(key.sk, hex(theirs.secretKey));
  assert.equal(key.pk, hex(theirs.publicKey));
  const num = 1 + random.below(BATCH_MAX);
  const inputs = Array.from({ length: num }, () => random.some(0, 100));
  return { mode, info, suite, sk: theirs.secretKey, pk: theirs.publicKey, inputs };
}

// Clients: blind gives what is sent, finalize takes what came back.
async function kringClient({ mode, info, pk, inputs }) {
  const { blinds, blinded } = await peer.call("blind", { mode, inputs });
  return {
    blinded: split(blinded, 32),
    finalize: async (evaluated, proof, key = pk) => (await peer.call("finalize", {
      mode, info, inputs, blinds, blinded, evaluated: join(evaluated),
      ...(mode !== OPRF && { pk: key, proof }),
    })).outputs,
  };
}

async function nobleClient({ suite, pk, inputs }) {
  const items = inputs.map((input) => ({ input, ...suite.blind(input, pk) }));
  return {
    blinded: items.map((i) => i.blinded),
    finalize: async (evaluated, proof, key = pk) => suite.finalize(
      items.map((item, i) => ({
        ...item, ...(key !== pk && { tweakedKey: key }), evaluated: evaluated[i],
      })), key, proof).map(hex),
  };
}

// Servers.
async function kringServer({ mode, info, sk }, blinded) {
  const answer = await peer.call("blind_evaluate", {
    mode, info, sk, blinded: join(blinded),
  });
  return {
    evaluated: split(answer.evaluated, 32),
    proof: answer.proof && unhex(answer.proof),
  };
}

async function nobleServer({ suite, sk, pk }, blinded) {
  return suite.blindEvaluate(sk, pk, blinded);
}

const DIRECTIONS = [
  ["kring asks noble", kringClient, nobleServer],
  ["noble asks kring", nobleClient, kringServer],
];

async function evaluations(mode, makeClient, serve) {
  for (let round = 0; round < ROUNDS; round++) {
    const s = await scene(mode);
    const client = await makeClient(s);
    const { evaluated, proof } = await serve(s, client.blinded);
    const outputs = await client.finalize(evaluated, proof);
    for (const [i, input] of s.inputs.entries()) {
      const request = { mode, info: s.info, sk: s.sk, input };
      const { output } = await peer.call("evaluate", request);
      assert.equal(output, hex(s.suite.evaluate(s.sk, input)));
      assert.equal(output, outputs[i]);
    }
    counts.batches++;
    counts.evaluations += s.inputs.length;
  }
}

// Ways for a server to cheat.
const flipped = (bytes) => {
  const out = bytes.slice();
  out[random.below(bytes.length)] ^= 1;
  return out;
};
const CHEATS = [
  ["a changed proof", (answer) => [answer.evaluated, flipped(answer.proof)]],
  ["c and s swapped", ({ evaluated, proof }) =>
    [evaluated, join([proof.slice(32), proof.slice(0, 32)])]],
  ["another element", ({ evaluated, proof }, other) =>
    [[other.evaluated[0], ...evaluated.slice(1)], proof]],
  ["another proof", (answer, other) => [answer.evaluated, other.proof]],
  ["another key", (answer, other) => [answer.evaluated, answer.proof, other.pk]],
];

async function cheats(mode, makeClient, serve) {
  for (const [name, cheat] of CHEATS) {
    const s = await scene(mode);
    const other = await scene(mode);
    const client = await makeClient(s);
    const answer = await serve(s, client.blinded);
    const theirs = await serve({ ...other, info: s.info }, client.blinded);
    const another = { ...theirs, pk: other.pk };
    await client.finalize(answer.evaluated, answer.proof);
    await assert.rejects(client.finalize(...cheat(answer, another)), name);
    counts.cheats++;
  }
}

async function end() {
  assert.equal(await peer.close(), 0);
  return `@noble/curves: ${counts.batches} batches, ${counts.evaluations} evaluations, `
    + `${counts.cheats} cheats seen through`;
}

await peer.call("seed", { seed: new Random("voprf peer").bytes(32) });
await run([
  ...MODES.flatMap((name, mode) => DIRECTIONS.flatMap(([direction, client, server]) => [
    [`${name}, ${direction}`, () => evaluations(mode, client, server)],
    ...(mode === OPRF ? [] : [
      [`${name}, ${direction}, which cheats`, () => cheats(mode, client, server)],
    ]),
  ])),
  ["the peer ends cleanly", end],
]);
