// A client of kring.v1 written from proto/PROTOCOL.md alone, with nothing of Kring's own code:
// ws for WebSocket, @noble/curves for Ed25519, Node for SHA-256. It founds a community, brings a
// second client in, and they exchange opaque bodies. Section numbers are PROTOCOL.md's.
//
//   node client.mjs <port> <relay name> <grant>
import { createHash, randomBytes } from "node:crypto";

const packages = new URL("../interop/node_modules/", import.meta.url);
const { default: WebSocket } = await import(new URL("ws/wrapper.mjs", packages));
const { ed25519 } = await import(new URL("@noble/curves/ed25519.js", packages));

const [port, relayName, grantCode] = process.argv.slice(2);

// ---- Bytes ----------------------------------------------------------------------------------

const b64 = (bytes) => Buffer.from(bytes).toString("base64url");
const bytesOf = (text) => Buffer.from(text, "base64url");
const sha256 = (...parts) => {
  const hash = createHash("sha256");
  parts.forEach((part) => hash.update(part));
  return hash.digest();
};
const uint = (size, value) => {
  const out = Buffer.alloc(size);
  for (let i = size - 1, rest = BigInt(value); i >= 0; i--, rest >>= 8n) {
    out[i] = Number(rest & 0xffn);
  }
  return out;
};
// opaque<V>, RFC 9420 §2.1.2
const vec = (bytes) => {
  const n = bytes.length;
  const prefix = n < 64 ? uint(1, n) : n < 16384 ? uint(2, n + 0x4000) : uint(4, n + 0x80000000);
  return Buffer.concat([prefix, Buffer.from(bytes)]);
};

// ---- §3: the running hash, from what a delivery says -------------------------------------------

const TYPES = {
  c: { founded: [1, "key", "of", "admins_added"], invited: [2, "key", "until", "count"],
       invite_revoked: [3, "key"], requested: [4, "account", "key"], admitted: [5, "account"],
       refused: [6, "account"], role: [7, "account", "flag"], removed: [8, "account"],
       left: [9, "account"], rules: [10], notice: [11], muted: [12, "account", "until"] },
  g: { created: [20, "account", "community", "flag"],
       commit: [21, "of", "epoch", "flag", "added", "removed", "admins_added", "admins_removed"],
       void: [22, "of", "epoch", "added", "removed", "admins_added", "admins_removed"],
       post: [23, "epoch"], group_left: [24, "account"], heal: [25, "account"] },
  a: { device_added: [30, "key"], device_removed: [31, "key"],
       key_packages: [32, "key", "community", "count", "flag"],
       key_package_taken: [33, "key", "of", "flag"], welcome: [34, "group", "of", "epoch"],
       answered: [35, "community", "flag"], key_packages_void: [36],
       key_packages_dropped: [37, "key", "community"] },
};

function headOf(event, fields) {
  return Buffer.concat(fields.map((field) => {
    const value = event[field];
    switch (field) {
      case "epoch": case "until": return uint(8, value);
      case "count": return uint(4, value);
      case "flag": return uint(1, value ? 1 : 0);
      case "added": case "removed": case "admins_added": case "admins_removed":
        return vec(Buffer.concat((value ?? []).map(bytesOf)));
      default: return bytesOf(value);
    }
  }));
}

function runningHash(previous, event, body) {
  const [type, ...fields] = TYPES[event.topic[0]][event.type];
  return sha256(vec(Buffer.from("kring topic v1")), previous, Buffer.from(event.topic[0]),
    bytesOf(event.topic.slice(2)), uint(8, event.seq), uint(8, event.rev), uint(2, type),
    bytesOf(event.id), vec(event.author === undefined ? [] : bytesOf(event.author)),
    uint(8, event.time), vec(headOf(event, fields)), sha256(body));
}

// ---- §2: frames, requests, answers ----------------------------------------------------------------

class Client {
  constructor(secret) {
    this.secret = secret;
    this.key = ed25519.getPublicKey(secret);
    this.account = sha256(Buffer.from("kring account v1"), this.key); // §1
    this.nextId = 1;
    this.topics = new Map(); // topic -> { hash, seq, events }
  }

  async connect() {
    this.waiting = new Map();
    this.wakeUps = [];
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/kring`, "kring.v1");
    const hello = new Promise((resolve, reject) => {
      this.onHello = resolve;
      this.socket.on("error", reject);
      this.socket.on("close", (code) => reject(new Error(`closed with ${code}`)));
    });
    this.socket.on("message", (data, isBinary) => this.receive(data, isBinary));
    this.hello = await hello;
    if (this.hello.relay !== relayName) {
      throw new Error("another relay than expected");
    }
  }

  disconnect() {
    this.socket.removeAllListeners("close");
    this.socket.close();
  }

  receive(data, isBinary) {
    const length = isBinary ? data.readUInt16BE(0) : data.length;
    const start = isBinary ? 2 : 0;
    const object = JSON.parse(data.subarray(start, start + length).toString());
    const body = data.subarray(start + length);
    if (object.verb === "hello") {
      this.onHello(object);
    } else if (object.verb === "event") {
      this.take(object, body);
    } else if (object.re !== undefined) {
      this.waiting.get(object.re)?.({ ...object, body });
      this.waiting.delete(object.re);
    }
    this.wakeUps.splice(0).forEach((wake) => wake());
  }

  // Events come in order, without gaps, and the hash follows (§3).
  take(event, body) {
    const topic = this.topics.get(event.topic);
    if (event.seq !== topic.seq + 1) {
      throw new Error(`${event.topic}: ${event.seq} after ${topic.seq}`);
    }
    const hash = bytesOf(event.hash);
    if (topic.hash !== null && !runningHash(topic.hash, event, body).equals(hash)) {
      throw new Error(`${event.topic} ${event.seq}: the running hash does not follow`);
    }
    Object.assign(topic, { seq: event.seq, hash });
    topic.events.push({ ...event, body: Buffer.from(body) });
  }

  request(verb, fields = {}, body = Buffer.alloc(0)) {
    const id = this.nextId++;
    const object = Buffer.from(JSON.stringify({ verb, id, ...fields }));
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    if (body.length === 0) {
      this.socket.send(object.toString());
    } else {
      this.socket.send(Buffer.concat([uint(2, object.length), object, body]));
    }
    return answer;
  }

  async ok(verb, fields, body) {
    const answer = await this.request(verb, fields, body);
    if (!answer.ok) {
      throw new Error(`${verb}: ${answer.error}: ${answer.text}`);
    }
    return answer;
  }

  // §1: AuthTBS
  authenticate() {
    const tbs = Buffer.concat([vec(Buffer.from("kring auth v1")), vec(Buffer.from(relayName)),
      bytesOf(this.hello.challenge), this.account, this.key]);
    return this.request("auth", { account: b64(this.account), key: b64(this.key),
      sig: b64(ed25519.sign(tbs, this.secret)) });
  }

  // §5: from a cursor on; a hash of null: from somewhere in the middle, taken on trust
  subscribe(topic, after = 0, hash = Buffer.alloc(32)) {
    if (!this.topics.has(topic)) {
      this.topics.set(topic, { seq: after, hash, events: [] });
    }
    return this.ok("topic.subscribe",
      { topic, incarnation: this.hello.incarnation, after: this.topics.get(topic).seq });
  }

  async until(topic, seq) {
    while (this.topics.get(topic).seq < seq) {
      await new Promise((resolve) => this.wakeUps.push(resolve));
    }
    return this.topics.get(topic).events;
  }
}

const event = () => b64(randomBytes(16));

// ---- §4: what the relay reads of MLS messages; the rest is opaque to it ------------------------------

function privateMessage(group, epoch, { added }, ciphertext) {
  const lists = added === undefined ? [] :
    [vec(Buffer.concat(added)), vec([]), vec([]), vec([]), vec([])];
  const aad = Buffer.concat([uint(1, 1), uint(1, added === undefined ? 1 : 2), uint(8, 0),
    Buffer.alloc(32), ...lists]);
  return Buffer.concat([uint(2, 1), uint(2, 2), vec(group), uint(8, epoch),
    uint(1, added === undefined ? 1 : 3), vec(aad), vec(randomBytes(12)), vec(ciphertext)]);
}

const welcomeMessage = Buffer.concat([uint(2, 1), uint(2, 3), uint(2, 3), vec(randomBytes(80)),
  vec(randomBytes(200))]);

// ---- The story --------------------------------------------------------------------------------------

let number = 0;
let failed = false;
function check(name, passed, detail) {
  failed ||= !passed;
  console.log(`${passed ? "ok" : "not ok"} ${++number} - ${name}`);
  if (!passed) {
    console.log(`# ${JSON.stringify(detail)}`);
  }
}

const a = new Client(randomBytes(32));
const b = new Client(randomBytes(32));
await a.connect();
await b.connect();
check("an anonymous connection may ping, and no more",
  (await a.request("ping")).ok && (await a.request("account.topics")).error === "auth_required");
check("a device proves its key", (await a.authenticate()).ok && (await b.authenticate()).ok);

const genesis = randomBytes(300);
const community = `c.${b64(sha256(genesis))}`;
const founded = await a.ok("community.found",
  { event: event(), grant: grantCode, coordinators: [b64(a.account)] }, genesis);
check("a community is founded under the hash of its genesis", founded.topic === community, founded);
await a.ok("community.admit", { event: event(), topic: community, account: b64(b.account) },
  randomBytes(200));

const groupId = randomBytes(32);
const group = `g.${b64(groupId)}`;
const created = await a.ok("group.create",
  { event: event(), topic: group, community: b64(sha256(genesis)), main: true });
const commit = privateMessage(groupId, 0, { added: [b.account] }, randomBytes(500));
const committed = await a.ok("group.commit", { event: event(), topic: group, rev: created.rev,
  welcome_len: welcomeMessage.length }, Buffer.concat([commit, welcomeMessage]));
check("a commit ends epoch 0", committed.rev === 2 && committed.seq === 2, committed);
const lost = await b.request("group.commit", { event: event(), topic: group, rev: created.rev,
  welcome_len: 0 }, privateMessage(groupId, 0, { added: [] }, randomBytes(100)));
check("another commit for it is told who won",
  lost.error === "epoch_taken" && lost.seq === 2 && lost.hash === committed.hash, lost);

const own = `a.${b64(b.account)}`;
await b.subscribe(own);
const inbox = await b.until(own, 2);
check("the Welcome came with the commit", inbox[1].type === "welcome" &&
  inbox[1].body.equals(welcomeMessage) && inbox[1].of === b64(sha256(commit)), inbox);

await a.subscribe(group);
await b.subscribe(group, committed.seq - 1, null);
const posts = Array.from({ length: 50 }, (_, i) =>
  privateMessage(groupId, 1, {}, randomBytes(100 + i * 200)));
const answers = await Promise.all(posts.map((post) =>
  a.request("group.post", { event: event(), topic: group, rev: 2 }, post)));
check("fifty posts at once are all acknowledged", answers.every((x) => x.ok), answers);
const seen = { a: await a.until(group, 52), b: await b.until(group, 52) };
const bodies = (events) => events.slice(-50).map((x) => b64(x.body));
check("both see the same fifty in the same order", posts.every((x) =>
  bodies(seen.a).includes(b64(x))) && `${bodies(seen.a)}` === `${bodies(seen.b)}`);
check("the last hash is the one that was acknowledged",
  answers.some((x) => x.hash === seen.b.at(-1).hash));

const id = event();
const first = await b.ok("group.post", { event: id, topic: group, rev: 2 }, posts[0]);
const again = await b.ok("group.post", { event: id, topic: group, rev: 2 }, posts[0]);
check("the same event again is answered as before", first.seq === again.seq, { first, again });
const reused = await b.request("group.post", { event: id, topic: group, rev: 2 }, posts[1]);
check("its id for something else is refused", reused.error === "id_reused", reused);

b.disconnect();
await a.ok("group.post", { event: event(), topic: group, rev: 2 }, posts[2]);
await b.connect();
await b.authenticate();
await b.subscribe(group);
await b.until(group, 54);
check("who was away catches up by cursor", b.topics.get(group).events.length === 53);
const page = new Client(a.secret);
await page.connect();
await page.authenticate();
page.topics.set(group, { seq: 10, hash: bytesOf(seen.a[9].hash), events: [] });
const read = await page.ok("topic.read",
  { topic: group, incarnation: page.hello.incarnation, after: 10, max: 20 });
check("a page holds what was asked for", read.next === 30 && read.more === true &&
  page.topics.get(group).events.length === 20, read);
check("a field too many is refused", (await a.request("ping", { x: 1 })).error === "field");

console.log(`1..${number}`);
[a, b, page].forEach((client) => client.disconnect());
process.exitCode = failed ? 1 : 0;
