// A member of a group that ts-mls keeps. The known faults of ts-mls 1.6.4 are worked around
// here, on its side, and nowhere else; FAULTS lists them.
import {
  createApplicationMessage, createCommit, createGroup,
  createGroupInfoWithExternalPubAndRatchetTree, createProposal, decodeMlsMessage,
  encodeMlsMessage, generateKeyPackage, getCiphersuiteFromName, getCiphersuiteImpl, joinGroup,
  joinGroupExternal, makePskIndex, mlsExporter, processPrivateMessage, processPublicMessage,
} from "ts-mls";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { hex } from "./peer.mjs";

export const FAULTS = [
  "it refuses valid trees with unmerged leaves on join: unmerged members commit first, and it"
    + " is added alone, by a commit without a path",
  "it reads and writes external_pub without its inner length: the length is taken off and put"
    + " on at its HPKE functions",
  "processMessage drops the PSK index for private messages: processPrivateMessage is called",
  "its commits of GroupContextExtensions lack the path that is required: it does not send any",
];

const SUITE = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519";
export const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));

const CAPABILITIES = {
  versions: ["mls10"], ciphersuites: [SUITE], extensions: [], proposals: [],
  credentials: ["basic"],
};
const LIFETIME = { notBefore: 0n, notAfter: 9223372036854775807n };

function decode(bytes) {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) {
    throw new Error("ts-mls cannot decode the message");
  }
  return decoded[0];
}

const encode = (message) => encodeMlsMessage({ version: "mls10", ...message });

// external_pub is a vector: 0x20 and 32 bytes. ts-mls takes it for the bare 32.
const suiteReadingExternalPub = {
  ...suite,
  hpke: {
    ...suite.hpke,
    importPublicKey: (key) =>
      suite.hpke.importPublicKey(key.length === 33 && key[0] === 32 ? key.slice(1) : key),
  },
};
const suiteWritingExternalPub = {
  ...suite,
  hpke: {
    ...suite.hpke,
    exportPublicKey: async (key) =>
      new Uint8Array([32, ...await suite.hpke.exportPublicKey(key)]),
  },
};

export class TsMember {
  kind = "ts-mls";

  constructor(number, psks) {
    this.number = number;
    this.name = `ts ${number}`;
    this.psks = psks; // shared: base64 of the id -> key
  }

  static async make(number, psks) {
    return new TsMember(number, psks);
  }

  #pskIndex() {
    return makePskIndex(this.state, this.psks);
  }

  async keyPackage() {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(this.name) };
    this.keys = await generateKeyPackage(credential, CAPABILITIES, LIFETIME, [], suite);
    return encode({ wireformat: "mls_key_package", keyPackage: this.keys.publicPackage });
  }

  async create(groupId) {
    await this.keyPackage();
    this.state = await createGroup(groupId, this.keys.publicPackage, this.keys.privatePackage,
      [], suite);
  }

  async join(welcome) {
    this.state = await joinGroup(decode(welcome).welcome, this.keys.publicPackage,
      this.keys.privatePackage, makePskIndex(undefined, this.psks), suite);
  }

  // Returns the commit; the member is in the new epoch when adopt is called, and never if not.
  async joinExternal(groupInfo) {
    await this.keyPackage();
    const { publicMessage, newState } = await joinGroupExternal(decode(groupInfo).groupInfo,
      this.keys.publicPackage, this.keys.privatePackage, false, suiteReadingExternalPub);
    this.pending = newState;
    return { message: encode({ wireformat: "mls_public_message", publicMessage }) };
  }

  #proposal(p) {
    switch (p.type) {
      case "add":
        return { proposalType: "add", add: { keyPackage: decode(p.keyPackage).keyPackage } };
      case "remove":
        return { proposalType: "remove", remove: { removed: p.leaf } };
      case "psk": {
        const id = p.groupId === undefined
          ? { psktype: "external", pskId: p.id }
          : { psktype: "resumption", usage: "application", pskGroupId: p.groupId,
            pskEpoch: BigInt(p.epoch) };
        const preSharedKeyId = { ...id, pskNonce: suite.rng.randomBytes(32) };
        return { proposalType: "psk", psk: { preSharedKeyId } };
      }
      default:
        throw new Error(`no proposal ${p.type}`);
    }
  }

  async commit({ proposals = [], isPublic = false }) {
    const result = await createCommit(
      { state: this.state, cipherSuite: suite, pskIndex: this.#pskIndex() },
      { extraProposals: proposals.map((p) => this.#proposal(p)), wireAsPublicMessage: isPublic,
        ratchetTreeExtension: true });
    this.pending = result.newState;
    return {
      message: encodeMlsMessage(result.commit),
      welcome: result.welcome && encode({ wireformat: "mls_welcome", welcome: result.welcome }),
    };
  }

  async accept() {
    this.state = this.pending;
    this.pending = undefined;
  }

  async propose(p, isPublic) {
    const { newState, message } =
      await createProposal(this.state, isPublic, this.#proposal(p), suite);
    this.state = newState;
    return encodeMlsMessage(message);
  }

  async encrypt(text, aad) {
    const { newState, privateMessage } =
      await createApplicationMessage(this.state, text, suite, aad);
    this.state = newState;
    return encode({ wireformat: "mls_private_message", privateMessage });
  }

  async process(bytes) {
    const message = decode(bytes);
    const result = message.wireformat === "mls_private_message"
      ? await processPrivateMessage(this.state, message.privateMessage, this.#pskIndex(), suite)
      : await processPublicMessage(this.state, message.publicMessage, this.#pskIndex(), suite);
    this.state = result.newState;
    if (result.kind === "applicationMessage") {
      return { kind: "application", plaintext: result.message };
    }
    if (this.state.groupActiveState.kind === "removedFromGroup") {
      return { kind: "removed" };
    }
    return { kind: "handshake" };
  }

  async groupInfo() {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.state, [],
      suiteWritingExternalPub);
    return encode({ wireformat: "mls_group_info", groupInfo });
  }

  // What all members of an epoch have to agree on.
  async summary() {
    return {
      epoch: Number(this.state.groupContext.epoch),
      authenticator: hex(this.state.keySchedule.epochAuthenticator),
      tree_hash: hex(await treeHashRoot(this.state.ratchetTree, suite.hash)),
      exported: hex(await mlsExporter(this.state.keySchedule.exporterSecret, "kring test",
        new TextEncoder().encode("context"), 32, suite)),
    };
  }

  async leaf() {
    return this.state.privatePath.leafIndex;
  }

  async drop() {
    this.state = undefined;
  }
}
