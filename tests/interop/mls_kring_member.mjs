// A member of a group that Kring's library keeps: mls_peer, one process for all of them.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { hex, unhex } from "./mls_ts_member.mjs";

export class KringPeer {
  #waiting = [];

  constructor(program) {
    this.process = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.#waiting.shift().resolve(JSON.parse(line));
    });
    this.ended.then((code) => {
      this.#waiting.splice(0).forEach((w) => w.reject(new Error(`mls_peer ended: ${code}`)));
    });
  }

  async call(request) {
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.process.stdin.write(JSON.stringify(request) + "\n");
    });
    if (answer.error !== undefined) {
      throw new Error(`kring refuses ${request.do}: ${answer.error}`);
    }
    return answer;
  }

  // The exit status: not zero when a sanitizer found something.
  close() {
    this.process.stdin.end();
    return this.ended;
  }
}

const bytes = (text) => (text ? unhex(text) : undefined);

function forPeer(p) {
  return {
    type: p.type,
    ...(p.keyPackage && { key_package: hex(p.keyPackage) }),
    ...(p.leaf !== undefined && { leaf: p.leaf }),
    ...(p.id && { id: hex(p.id) }),
    ...(p.groupId && { group_id: hex(p.groupId), epoch: p.epoch }),
  };
}

export class KringMember {
  kind = "kring";

  constructor(number, peer) {
    this.number = number;
    this.name = `kring ${number}`;
    this.peer = peer;
  }

  static async make(number, peer) {
    const member = new KringMember(number, peer);
    await member.#call({ do: "new" });
    return member;
  }

  #call(request) {
    return this.peer.call({ who: this.number, ...request });
  }

  async keyPackage() {
    return unhex((await this.#call({ do: "key_package" })).key_package);
  }

  async create(groupId) {
    await this.#call({ do: "create", group_id: hex(groupId) });
  }

  async join(welcome, tree) {
    await this.#call({ do: "join", welcome: hex(welcome), ...(tree && { tree: hex(tree) }) });
  }

  async joinExternal(groupInfo) {
    const answer = await this.#call({ do: "join_external", group_info: hex(groupInfo) });
    this.isExternal = true;
    return { message: unhex(answer.message) };
  }

  async commit({ proposals = [], path = false, isPublic = false, treeBeside = false }) {
    const answer = await this.#call({ do: "commit", proposals: proposals.map(forPeer), path,
      public: isPublic, tree_beside: treeBeside });
    return { message: unhex(answer.message), welcome: bytes(answer.welcome),
      tree: bytes(answer.tree) };
  }

  // After joinExternal the member is in the new epoch already.
  async accept() {
    if (this.isExternal) {
      this.isExternal = false;
    } else {
      await this.#call({ do: "accept" });
    }
  }

  async propose(p, isPublic) {
    return unhex((await this.#call({ do: "propose", proposal: forPeer(p), public: isPublic }))
      .message);
  }

  async encrypt(text, aad) {
    return unhex((await this.#call({ do: "encrypt", text: hex(text), aad: hex(aad) })).message);
  }

  async process(message) {
    const answer = await this.#call({ do: "process", message: hex(message) });
    if (answer.kind === "application") {
      return { kind: "application", plaintext: unhex(answer.plaintext), aad: unhex(answer.aad) };
    }
    return { kind: answer.kind === "removed" ? "removed" : "handshake" };
  }

  async groupInfo() {
    return unhex((await this.#call({ do: "group_info" })).group_info);
  }

  async summary() {
    const { epoch, authenticator, tree_hash, exported } = await this.#call({ do: "state" });
    return { epoch, authenticator, tree_hash, exported };
  }

  async leaf() {
    return (await this.#call({ do: "state" })).leaf;
  }

  async drop() {
    await this.#call({ do: "drop" });
  }
}
