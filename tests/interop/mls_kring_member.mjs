// A member of a group that Kring's library keeps: mls_peer, one process for all of them.
import { hex, unhex } from "./peer.mjs";

const bytes = (text) => (text ? unhex(text) : undefined);

function forPeer({ type, keyPackage, leaf, id, groupId, epoch }) {
  return {
    type, leaf, epoch,
    key_package: keyPackage && hex(keyPackage),
    id: id && hex(id),
    group_id: groupId && hex(groupId),
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
    await member.#call("new");
    return member;
  }

  #call(verb, request) {
    return this.peer.call(verb, { who: this.number, ...request });
  }

  async keyPackage() {
    return unhex((await this.#call("key_package")).key_package);
  }

  async create(groupId) {
    await this.#call("create", { group_id: groupId });
  }

  async join(welcome, tree) {
    await this.#call("join", { welcome, tree });
  }

  async joinExternal(groupInfo) {
    const answer = await this.#call("join_external", { group_info: groupInfo });
    this.isExternal = true;
    return { message: unhex(answer.message) };
  }

  async commit({ proposals = [], path = false, isPublic = false, treeBeside = false }) {
    const answer = await this.#call("commit", { proposals: proposals.map(forPeer), path,
      public: isPublic, tree_beside: treeBeside });
    return { message: unhex(answer.message), welcome: bytes(answer.welcome),
      tree: bytes(answer.tree) };
  }

  // After joinExternal the member is in the new epoch already.
  async accept() {
    if (this.isExternal) {
      this.isExternal = false;
    } else {
      await this.#call("accept");
    }
  }

  async propose(p, isPublic) {
    return unhex((await this.#call("propose", { ...forPeer(p), public: isPublic }))
      .message);
  }

  async encrypt(text, aad) {
    return unhex((await this.#call("encrypt", { text, aad })).message);
  }

  async process(message) {
    const answer = await this.#call("process", { message });
    if (answer.kind === "application") {
      return { kind: "application", plaintext: unhex(answer.plaintext), aad: unhex(answer.aad) };
    }
    return { kind: answer.kind === "removed" ? "removed" : "handshake" };
  }

  async groupInfo() {
    return unhex((await this.#call("group_info")).group_info);
  }

  async summary() {
    const { epoch, authenticator, tree_hash, exported } = await this.#call("state");
    return { epoch, authenticator, tree_hash, exported };
  }

  async leaf() {
    return (await this.#call("state")).leaf;
  }

  async drop() {
    await this.#call("drop");
  }
}
