// MLS at 2 to 5,000 members, Kring beside ts-mls in one run: times, bytes, and how both grow.
//
//	node mls_bench.mjs <mls_bench>; tests/run bench runs it in a release build
//
// Both work in the same settled group: every member has committed (mls_settled.h makes it).
// ts-mls joins it as one more member and is measured there. Times are medians in microseconds.
// Speaks TAP; the figures are comments that the runner shows. Nothing fails for being slow.
import assert from "node:assert/strict";
import {
  createApplicationMessage, createCommit, decodeMlsMessage, emptyPskIndex, joinGroup,
  processPrivateMessage,
} from "ts-mls";
import { Peer, unhex } from "./peer.mjs";
import { TsMember, suite } from "./mls_ts_member.mjs";

const SIZES = [2, 50, 200, 1000, 5000];
const MAX_TS = 1000; // beyond, ts-mls takes minutes
const OPERATIONS = ["key package", "add", "update", "process update", "process add", "join",
  "encrypt", "decrypt"];
const AIMS = { "process update": 50, join: 20, encrypt: 20 }; // times ts-mls at 1000 members
const MAX_BYTES_A_MEMBER = 600;
const MIN_RUNS = 3;
const MAX_RUNS = 200;
const ENOUGH_MS = 400;

const say = (line) => console.log(`#: ${line}`);

async function median(operation) {
  const times = [];
  for (let total = 0; times.length < MIN_RUNS
    || (times.length < MAX_RUNS && total < ENOUGH_MS); total += times.at(-1)) {
    const start = performance.now();
    await operation(times.length);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] * 1000;
}

const decode = (text) => decodeMlsMessage(unhex(text), 0)[0];

async function measureTs(member, left) {
  const welcome = () => decode(left.welcome).welcome;
  const join = () => joinGroup(welcome(), member.keys.publicPackage,
    member.keys.privatePackage, emptyPskIndex, suite);
  const state = await join();
  const other = new TsMember("other", {});
  await other.keyPackage();
  const add = { proposalType: "add", add: { keyPackage: other.keys.publicPackage } };
  const commit = (extraProposals) => createCommit({ state, cipherSuite: suite },
    { extraProposals, ratchetTreeExtension: true });
  const process = (from, message) =>
    processPrivateMessage(from, decode(message).privateMessage, emptyPskIndex, suite);
  let sending = state;
  let receiving = state;
  return {
    "key package": await median(() => new TsMember("another", {}).keyPackage()),
    add: await median(() => commit([add])),
    update: await median(() => commit([])),
    "process update": await median(() => process(state, left.update_message)),
    "process add": await median(() => process(state, left.add_message)),
    join: await median(join),
    encrypt: await median(async () => {
      sending = (await createApplicationMessage(sending, new Uint8Array(200), suite)).newState;
    }),
    decrypt: await median(async (run) => {
      const at = run % left.messages.length;
      receiving = (await process(at === 0 ? state : receiving, left.messages[at])).newState;
    }),
  };
}

const round = (number) => (number < 100 ? number.toFixed(1) : Math.round(number).toString());

function table(n, kring, ts) {
  say(`${n} members${ts ? "                 kring µs      ts-mls µs     times" : ""}`);
  for (const operation of OPERATIONS) {
    const cells = [round(kring[operation]).padStart(14)];
    if (ts) {
      cells.push(round(ts[operation]).padStart(15),
        round(ts[operation] / kring[operation]).padStart(10));
    }
    say(`  ${operation.padEnd(16)}${cells.join("")}`);
  }
  say(`  group record ${kring.group_bytes} bytes, ${round(kring.group_bytes / n)} a member; `
    + `ratchet record ${kring.ratchet_bytes}; update commit ${kring.commit_bytes}; `
    + `Welcome with tree ${kring.welcome_bytes}; message of 200 ${kring.message_bytes}`);
}

// y over x by least squares: slope, intercept.
function line(points) {
  const mean = (f) => points.reduce((sum, p) => sum + f(p), 0) / points.length;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const slope = mean(([x, y]) => (x - mx) * (y - my)) / mean(([x]) => (x - mx) ** 2);
  return [slope, my - slope * mx];
}

// From 50 members on: the exponent k of n^k, and a and b of a·log2 n + b.
function growth(what, results, value) {
  const points = Object.entries(results).map(([n, r]) => [Number(n), value(r)])
    .filter(([n, y]) => n >= 50 && y !== undefined);
  const [exponent] = line(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
  const [a, b] = line(points.map(([x, y]) => [Math.log2(x), y]));
  say(`  ${what.padEnd(24)} n^${exponent.toFixed(2).padEnd(6)} `
    + `${round(a)}·log2 n ${b < 0 ? "-" : "+"} ${round(Math.abs(b))}`);
}

function conclude(results) {
  say(`growth from 50 to ${SIZES.at(-1)} members (ts-mls: to ${MAX_TS})`);
  for (const operation of OPERATIONS) {
    growth(`kring ${operation}`, results, ({ kring }) => kring[operation]);
    growth(`ts-mls ${operation}`, results, ({ ts }) => ts?.[operation]);
  }
  for (const size of ["group_bytes", "commit_bytes", "welcome_bytes"]) {
    growth(size, results, ({ kring }) => kring[size]);
  }
  const { kring, ts } = results[1000];
  for (const [operation, aim] of Object.entries(AIMS)) {
    const times = ts[operation] / kring[operation];
    say(`aim at 1000 members: ${operation} ${aim} times faster than ts-mls: `
      + `${round(times)} times, ${times >= aim ? "reached" : "MISSED"}`);
  }
  const bytes = kring.group_bytes / 1000;
  say(`aim: group record of at most ${MAX_BYTES_A_MEMBER} bytes a member: ${round(bytes)}, `
    + `${bytes <= MAX_BYTES_A_MEMBER ? "reached" : "MISSED"}`);
}

const peer = new Peer(process.argv[2]);
const results = {};

console.log(`1..${SIZES.length + 1}`);
for (const [i, n] of SIZES.entries()) {
  const member = new TsMember("bench", {});
  const withTs = n <= MAX_TS;
  const request = withTs ? { n, key_package: await member.keyPackage() } : { n };
  const kring = await peer.call("measure", request);
  const ts = withTs ? await measureTs(member, kring) : undefined;
  results[n] = { kring, ts };
  table(n, kring, ts);
  console.log(`ok ${i + 1} - ${n} members`);
}
conclude(results);
assert.equal(await peer.close(), 0);
console.log(`ok ${SIZES.length + 1} - the peer ends cleanly`);
