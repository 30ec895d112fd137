// Live groups of Kring's library and ts-mls: random sequences of adds, removes, updates,
// pre-shared keys, proposals by reference, external joins and messages, in which everybody has
// to agree in every epoch. Speaks TAP.
//
//	node mls_ts_test.mjs <mls_peer>
//
// The seed decides what happens; ts-mls takes its keys from elsewhere. KRING_TEST_EPOCHS changes
// the length. Without a peer ts-mls talks to itself, which tests this program.
import assert from "node:assert/strict";
import { KringMember } from "./mls_kring_member.mjs";
import { FAULTS, TsMember, suite } from "./mls_ts_member.mjs";
import { Peer, hex } from "./peer.mjs";
import { Random } from "./seed.mjs";
import { run } from "./tap.mjs";

const NUM_EPOCHS = Number(process.env.KRING_TEST_EPOCHS ?? 60);
const MIN_MEMBERS = 8;
const MAX_MEMBERS = 12;

class Choices extends Random {
  chance(percent) {
    return this.below(100) < percent;
  }

  of(list) {
    return list[this.below(list.length)];
  }
}

class World {
  members = [];
  unmerged = new Set(); // who joined and has not committed with a path since
  numMade = 0;
  psks = {};
  epoch = 0;
  counts = {};

  constructor(peer, choices) {
    this.peer = peer;
    this.choices = choices;
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
    const expected = await this.members[0].summary();
    for (const member of this.members) {
      assert.deepEqual(await member.summary(), expected,
        `epoch ${this.epoch}: ${member.name} and ${this.members[0].name}`);
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
      { isPublic: this.choices.chance(30), ...options });
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
      path: joiner.kind === "kring" && this.choices.chance(50),
      treeBeside: joiner.kind === "kring" && committer.kind === "kring"
        && this.choices.chance(50),
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
    const removed = this.choices.of(this.others(committer));
    await this.commit(committer, { proposals: [{ type: "remove", leaf: await removed.leaf() }] });
    this.unmerged.delete(committer);
    this.count(`remove of ${removed.kind} by ${committer.kind}`);
  }

  async psk(committer) {
    const id = suite.rng.randomBytes(12);
    const psk = suite.rng.randomBytes(32);
    this.psks[Buffer.from(id).toString("base64")] = psk;
    await this.peer?.call("psk", { id, psk });
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
    const proposer = this.choices.of(this.others(committer));
    const candidates = this.others(committer).filter((m) => m !== proposer);
    const proposal = proposer.kind === "kring" && this.choices.chance(50)
      ? { type: "update" }
      : { type: "remove", leaf: await this.choices.of(candidates).leaf() };
    const message = await proposer.propose(proposal, this.choices.chance(50));
    for (const member of this.others(proposer)) {
      await member.process(message);
    }
    await this.commit(committer, {});
    this.unmerged.delete(committer);
    this.count(`${proposal.type} proposed by ${proposer.kind}, committed by ${committer.kind}`);
  }

  async external(kind) {
    const helper = this.choices.of(this.members);
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
    const text = suite.rng.randomBytes(this.choices.below(400));
    const message = await sender.encrypt(text, suite.rng.randomBytes(this.choices.below(20)));
    for (const member of this.others(sender)) {
      const { kind, plaintext } = await member.process(message);
      assert.equal(kind, "application");
      assert.equal(hex(plaintext), hex(text), `${sender.name} to ${member.name}`);
    }
    this.count(`message by ${sender.kind}`);
  }

  async step() {
    const committer = this.choices.of(this.members);
    const kind = this.choices.chance(50) ? "kring" : "ts-mls";
    if (this.members.length < MIN_MEMBERS) {
      return this.choices.chance(75) ? this.add(committer, kind) : this.external(kind);
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
    return this.choices.of(actions)();
  }
}

async function sequence(founder, choices) {
  const world = new World(peer, choices);
  await world.found(founder);
  while (world.members.length < MIN_MEMBERS) {
    await world.step();
  }
  for (const end = world.epoch + NUM_EPOCHS; world.epoch < end;) {
    await world.step();
    await world.chat(choices.of(world.members));
    await world.chat(choices.of(world.members));
  }
  for (const member of world.members) {
    await world.chat(member);
  }
  for (const member of world.members) {
    await member.drop();
  }
  Object.entries(world.counts).sort().forEach(([what, n]) => console.log(`# ${n} × ${what}`));
  return `ts-mls, founded by ${founder}: ${world.epoch} epochs, ${world.numMade} members, `
    + `${world.members.length} at the end`;
}

const peer = process.argv[2] === undefined ? undefined : new Peer(process.argv[2]);

FAULTS.forEach((fault) => console.log(`# ts-mls 1.6.4: ${fault}`));
await run([
  ["a group founded by kring", () => sequence("kring", new Choices("mls kring"))],
  ["a group founded by ts-mls", () => sequence("ts-mls", new Choices("mls ts-mls"))],
  ["mls_peer ends cleanly", async () => {
    assert.equal(await peer?.close() ?? 0, 0);
  }],
]);
