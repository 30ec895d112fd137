// Live groups of Kring's library and ts-mls: random sequences of adds, removes, updates,
// pre-shared keys, proposals by reference, external joins and messages, in which everybody has
// to agree in every epoch. Speaks TAP.
//
//	node mls_ts_test.mjs <mls_peer>
//
// The seed is printed, and is taken from KRING_TEST_SEED if that is set; it decides what
// happens, not the keys. KRING_TEST_EPOCHS changes the length. Without a peer ts-mls talks to
// itself, which tests this program.
import { FAULTS, TsMember, hex, suite } from "./mls_ts_member.mjs";
import { KringMember, KringPeer } from "./mls_kring_member.mjs";

const NUM_EPOCHS = Number(process.env.KRING_TEST_EPOCHS ?? 60);
const MIN_MEMBERS = 8;
const MAX_MEMBERS = 12;

const seed = Number(process.env.KRING_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;

// mulberry32: the choices repeat with the seed.
function choices(start) {
  let a = start;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (p) => next() < p,
    below: (n) => Math.floor(next() * n),
    of: (list) => list[Math.floor(next() * list.length)],
  };
}

class World {
  members = [];
  unmerged = new Set(); // who joined and has not committed with a path since
  numMade = 0;
  psks = {};
  epoch = 0;
  counts = {};

  constructor(peer, random) {
    this.peer = peer;
    this.random = random;
  }

  count(what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  make(kind) {
    const number = this.numMade++;
    return kind === "kring" && this.peer !== undefined
      ? KringMember.make(number, this.peer)
      : TsMember.make(number, this.psks);
  }

  async found(kind) {
    this.groupId = suite.rng.randomBytes(16);
    const founder = await this.make(kind);
    await founder.create(this.groupId);
    this.members = [founder];
  }

  async agree() {
    const expected = JSON.stringify(await this.members[0].summary());
    for (const member of this.members) {
      const got = JSON.stringify(await member.summary());
      if (got !== expected) {
        throw new Error(`epoch ${this.epoch}: ${member.name} has ${got}, `
          + `${this.members[0].name} has ${expected}`);
      }
    }
  }

  others(member) {
    return this.members.filter((m) => m !== member);
  }

  // Hand a commit to all; who is removed by it leaves.
  async deliver(committer, message) {
    for (const member of this.others(committer)) {
      const { kind } = await member.process(message);
      if (kind === "removed") {
        await member.drop();
        this.members = this.members.filter((m) => m !== member);
        this.unmerged.delete(member);
      }
    }
    await committer.accept();
    this.epoch++;
  }

  async commit(committer, options, joiners = []) {
    const { message, welcome, tree } = await committer.commit(
      { isPublic: this.random.chance(0.3), ...options });
    await this.deliver(committer, message);
    for (const joiner of joiners) {
      await joiner.join(welcome, tree);
      this.members.push(joiner);
      this.unmerged.add(joiner);
    }
    await this.agree();
  }

  async update(committer) {
    await this.commit(committer, { path: true });
    this.unmerged.delete(committer);
    this.count(`update by ${committer.kind}`);
  }

  // See FAULTS: a tree that ts-mls accepts has no unmerged leaves but the new one.
  async clearUnmerged() {
    for (const member of [...this.unmerged]) {
      await this.update(member);
    }
  }

  async add(committer, kind) {
    const joiner = await this.make(kind);
    if (joiner.kind === "ts-mls") {
      await this.clearUnmerged();
    }
    const keyPackage = await joiner.keyPackage();
    await this.commit(committer, {
      proposals: [{ type: "add", keyPackage }],
      path: joiner.kind === "kring" && this.random.chance(0.5),
      treeBeside: joiner.kind === "kring" && committer.kind === "kring"
        && this.random.chance(0.5),
    }, [joiner]);
    this.count(`add of ${joiner.kind} by ${committer.kind}`);
  }

  async addSeveral(committer) {
    const joiners = [await this.make("kring"), await this.make("kring")];
    const proposals = [];
    for (const joiner of joiners) {
      proposals.push({ type: "add", keyPackage: await joiner.keyPackage() });
    }
    if (this.peer === undefined) {
      return;
    }
    await this.commit(committer, { proposals, path: true }, joiners);
    this.count(`two adds by ${committer.kind}`);
  }

  async remove(committer) {
    const removed = this.random.of(this.others(committer));
    await this.commit(committer, { proposals: [{ type: "remove", leaf: await removed.leaf() }] });
    this.unmerged.delete(committer);
    this.count(`remove of ${removed.kind} by ${committer.kind}`);
  }

  async psk(committer) {
    const id = suite.rng.randomBytes(12);
    const psk = suite.rng.randomBytes(32);
    this.psks[Buffer.from(id).toString("base64")] = psk;
    await this.peer?.call({ do: "psk", id: hex(id), psk: hex(psk) });
    await this.commit(committer, { proposals: [{ type: "psk", id }] });
    this.count(`external psk by ${committer.kind}`);
  }

  async resumption(committer) {
    const epoch = (await committer.summary()).epoch;
    await this.commit(committer,
      { proposals: [{ type: "psk", groupId: this.groupId, epoch }] });
    this.count(`resumption psk by ${committer.kind}`);
  }

  // One proposes, another commits it by reference.
  async byReference(committer) {
    const proposer = this.random.of(this.others(committer));
    const candidates = this.others(committer).filter((m) => m !== proposer);
    const proposal = proposer.kind === "kring" && this.random.chance(0.5)
      ? { type: "update" }
      : { type: "remove", leaf: await this.random.of(candidates).leaf() };
    const message = await proposer.propose(proposal, this.random.chance(0.5));
    for (const member of this.others(proposer)) {
      await member.process(message);
    }
    await this.commit(committer, {});
    this.unmerged.delete(committer);
    this.count(`${proposal.type} proposed by ${proposer.kind}, committed by ${committer.kind}`);
  }

  async external(kind) {
    const helper = this.random.of(this.members);
    const joiner = await this.make(kind);
    if (joiner.kind === "ts-mls") {
      await this.clearUnmerged();
    }
    const { message } = await joiner.joinExternal(await helper.groupInfo());
    await this.deliver(joiner, message);
    this.members.push(joiner);
    await this.agree();
    this.count(`external join of ${joiner.kind} by a GroupInfo of ${helper.kind}`);
  }

  async chat(sender) {
    const text = suite.rng.randomBytes(this.random.below(400));
    const message = await sender.encrypt(text, suite.rng.randomBytes(this.random.below(20)));
    for (const member of this.others(sender)) {
      const { kind, plaintext } = await member.process(message);
      if (kind !== "application" || hex(plaintext) !== hex(text)) {
        throw new Error(`${member.name} read something else from ${sender.name}`);
      }
    }
    this.count(`message by ${sender.kind}`);
  }

  async step() {
    const committer = this.random.of(this.members);
    const kind = this.random.chance(0.5) ? "kring" : "ts-mls";
    if (this.members.length < MIN_MEMBERS) {
      return this.random.chance(0.75) ? this.add(committer, kind) : this.external(kind);
    }
    const actions = [
      () => this.update(committer),
      () => this.update(committer),
      () => this.psk(committer),
      () => this.resumption(committer),
      () => this.byReference(committer),
      () => this.remove(committer),
    ];
    if (this.members.length < MAX_MEMBERS) {
      actions.push(() => this.add(committer, kind), () => this.external(kind),
        () => this.addSeveral(committer));
    }
    return this.random.of(actions)();
  }
}

async function sequence(peer, founder, random) {
  const world = new World(peer, random);
  await world.found(founder);
  while (world.members.length < MIN_MEMBERS) {
    await world.step();
  }
  for (const end = world.epoch + NUM_EPOCHS; world.epoch < end;) {
    await world.step();
    await world.chat(random.of(world.members));
    await world.chat(random.of(world.members));
  }
  for (const member of world.members) {
    await world.chat(member);
  }
  for (const member of world.members) {
    await member.drop();
  }
  return world;
}

const RUNS = [
  ["a group founded by kring", "kring"],
  ["a group founded by ts-mls", "ts-mls"],
];

console.log(`# seed KRING_TEST_SEED=${seed}`);
FAULTS.forEach((fault) => console.log(`# ts-mls 1.6.4: ${fault}`));
console.log(`1..${RUNS.length + 1}`);
const peer = process.argv[2] ? new KringPeer(process.argv[2]) : undefined;
let numFailed = 0;

function report(number, ok, name, why) {
  numFailed += ok ? 0 : 1;
  if (!ok) {
    String(why?.stack ?? why).split("\n").forEach((line) => console.log(`# ${line}`));
  }
  console.log(`${ok ? "ok" : "not ok"} ${number} - ${name}`);
}

for (const [i, [name, founder]] of RUNS.entries()) {
  try {
    const world = await sequence(peer, founder, choices(seed + i));
    console.log(`#: ts-mls, ${name}: ${world.epoch} epochs, ${world.numMade} members made, `
      + `${world.members.length} at the end`);
    Object.entries(world.counts).sort().forEach(([what, n]) => console.log(`# ${n} × ${what}`));
    report(i + 1, true, name);
  } catch (error) {
    report(i + 1, false, name, error);
  }
}
report(RUNS.length + 1, peer === undefined || await peer.close() === 0, "mls_peer ends cleanly",
  "a sanitizer found something, see above");
process.exitCode = numFailed === 0 ? 0 : 1;
