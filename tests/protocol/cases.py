"""A client for inboxes and cases, written from PROTOCOL.md and CASES.md alone. What it signs is
signed for real; what it would seal is noise of the right size, which the relay cannot tell."""
import base64
import hashlib
import itertools
import json
import os
import struct
import time

from ed25519 import Key, verify
from websocket import BINARY, CLOSE, PING, PONG, TEXT, Client, Closed, frame

NOBODY = bytes(32)
SUBMITTED, ACKNOWLEDGED, FOLLOW_UP, QUESTION, ANSWER = 80, 81, 82, 83, 84
OFFERED, ACCEPTED, OVERDUE, CLOSED, CLOSE_READ, WITHDRAWN = 87, 88, 95, 96, 97, 99
ERASED, EXPIRED = 102, 103
WORDS, IDENTITY, KEYS = 1, 2, 3
PARTY, TO_REPORTER, WAITING, OFFER = 1, 2, 3, 4
YEAR_S = 365 * 24 * 3600
UNREAD_MIN_S = 28 * 24 * 3600


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def vec(data):
    """RFC 9420 §2.1.2."""
    size = len(data)
    if size < 1 << 6:
        return bytes([size]) + data
    if size < 1 << 14:
        return struct.pack(">H", size | 0x4000) + data
    return struct.pack(">I", size | 0x80000000) + data


def signed(label, content, key):
    return content + key.sign(vec(label) + sha(content))


class Refused(Exception):
    def __init__(self, answer):
        super().__init__(answer["error"])
        self.code = answer["error"]
        self.answer = answer


class Session:
    """One connection. Events and other messages that nobody waited for stand in events."""

    def __init__(self, port):
        self.client = Client(port)
        self.client.upgrade()
        self.ids = itertools.count(1)
        self.events = []
        self.hello, _ = self.receive()
        self.relay = self.hello["relay"].encode()
        self.key = None

    def receive(self):
        while True:
            _, opcode, payload = self.client.frame()
            if opcode == CLOSE:
                raise Closed(struct.unpack(">H", payload[:2])[0])
            if opcode == PING:
                self.client.send(frame(PONG, payload))
            elif opcode == TEXT:
                return json.loads(payload), b""
            elif opcode == BINARY:
                size = struct.unpack(">H", payload[:2])[0]
                return json.loads(payload[2:2 + size]), payload[2 + size:]

    def send(self, verb, body=b"", **fields):
        number = next(self.ids)
        text = json.dumps(dict(fields, verb=verb, id=number)).encode()
        self.client.send(frame(BINARY, struct.pack(">H", len(text)) + text + body) if body
                         else frame(TEXT, text))
        return number

    def answer(self, number):
        while True:
            message, body = self.receive()
            if message.get("re") != number:
                self.events.append((message, body))
            elif "error" in message:
                raise Refused(message)
            else:
                return message, body

    def ask(self, verb, body=b"", **fields):
        return self.answer(self.send(verb, body, **fields))

    def code(self, verb, body=b"", **fields):
        try:
            self.ask(verb, body, **fields)
        except Refused as refused:
            return refused.code
        return "ok"

    def wait_for(self, wanted):
        """The next event for which wanted(message) is true."""
        while True:
            for i, (message, body) in enumerate(self.events):
                if wanted(message):
                    del self.events[:i + 1]
                    return message, body
            self.events.append(self.receive())

    def auth(self, key):
        account = sha(b"kring account v1", key.public)
        proof = (vec(b"kring auth v1") + vec(self.relay) + unb64(self.hello["challenge"]) + account
                 + key.public)
        self.ask("auth", account=b64(account), key=b64(key.public), sig=b64(key.sign(proof)))
        self.key, self.account = key, account
        return self

    def subscribe(self, topic, after=0):
        return self.ask("topic.subscribe", topic=topic, after=after,
                        incarnation=self.hello["incarnation"])[0]

    def shut(self):
        self.client.shut()


class Inbox:
    """An inbox with one professional, who administers it."""

    def __init__(self, relay_key, number, fallback=None, acknowledge_s=YEAR_S // 4,
                 retention_s=YEAR_S):
        self.identity = Key(sha(b"identity", bytes([number])))
        self.device = Key(sha(b"device", bytes([number])))
        self.id = sha(b"kring inbox v1", self.identity.public)
        self.topic = "i." + b64(self.id)
        self.number = 1
        self.settings = relay_key, fallback, acknowledge_s, retention_s
        self.record = self._record([self.device], bytes(32))

    def update(self, session, *colleagues):
        """The next record: who is in the team beside the one who administers it."""
        self.number += 1
        self.record = self._record([self.device, *colleagues], sha(self.record))
        session.ask("inbox.update", self.record, topic=self.topic,
                    event=b64(sha(self.record)[:16]))

    def _record(self, team, previous):
        relay_key, fallback, acknowledge_s, retention_s = self.settings
        deadline = struct.pack(">IIB", acknowledge_s, YEAR_S // 4, 1)
        now = int(time.time() * 1000)
        content = (
            b"\1" + self.identity.public + struct.pack(">Q", self.number) + previous + relay_key
            + struct.pack(">QQ", now, now + 300 * 24 * 3600 * 1000)
            + b"\0" + vec(b"Europe/Amsterdam") + vec(struct.pack(">QH", 0, 1440 + 60))
            + vec(b"") * 7 + vec(b"") + deadline * 4 + struct.pack(">IB", 3600, 4)
            + struct.pack(">II", retention_s, max(retention_s, UNREAD_MIN_S))
            + (b"\1" + fallback.identity.public if fallback else b"\0")
            + vec(b"".join(
                sha(b"kring account v1", device.public) + device.public
                + sha(b"sealing", device.public) + bytes([device is self.device])
                for device in team))
            + b"\0" + struct.pack(">Q", 1) + sha(b"sealing key") + vec(b"card") + vec(b"roster")
            + vec(b"secret") + vec(b"secret") + vec(b""))
        return signed(b"kring inbox record v1", content, self.identity)


class Case:
    """A case as one of its parties follows it: the receipt's key and the last event seen."""

    def __init__(self, seed):
        self.receipt = Key(seed)
        self.id = sha(b"locator", seed)
        self.topic = "s." + b64(self.id)
        self.seen = (0, bytes(32))

    def saw(self, answer):
        self.seen = (answer["seq"], unb64(answer["hash"]))
        return answer

    def open(self, session):
        proof = (vec(b"kring case open v1") + vec(session.relay)
                 + unb64(session.hello["challenge"]) + self.id)
        answer, _ = session.ask("case.open", topic=self.topic, sig=b64(self.receipt.sign(proof)))
        return self.saw(answer)

    def event(self, number, signer, by=None, inbox=NOBODY, fallback=NOBODY, urgency=0, date=0,
              envelopes=(), recipients=(), noise=b"noise"):
        """The fields of a request and its body. envelopes are (kind, bytes), recipients
        (envelope, purpose, party)."""
        event = os.urandom(16)
        wraps = [sha(event, bytes([i])) * 2 + bytes(16) for i in range(len(recipients))]
        content = (
            b"\1" + self.id + struct.pack(">H", number) + event
            + struct.pack(">Q", self.seen[0]) + self.seen[1]
            + (by.id if by else NOBODY) + struct.pack(">Q", by.number if by else 0)
            + inbox + fallback + bytes([urgency]) + struct.pack(">Q", date)
            + vec(b"".join(bytes([kind]) + sha(event) + vec((noise * size)[:size] + bytes(16))
                           for kind, size in envelopes))
            + vec(b"".join(struct.pack(">BB", envelope, purpose) + party
                           + struct.pack(">Q", 0 if purpose == TO_REPORTER else 1) + sha(wrap)
                           for (envelope, purpose, party), wrap in zip(recipients, wraps)))
            + signer.public)
        return (dict(event=b64(event), topic=self.topic, wraps_len=80 * len(wraps)),
                signed(b"kring case v1", content, signer) + b"".join(wraps))

    def submission(self, inbox, fallback=None, urgency=2, noise=b"noise"):
        parties = [(PARTY, inbox.id)] + ([(WAITING, fallback.id)] if fallback else [])
        return self.event(
            SUBMITTED, self.receipt, inbox=inbox.id, fallback=fallback.id if fallback else NOBODY,
            urgency=urgency, envelopes=[(WORDS, 4096), (IDENTITY, 1024)], noise=noise,
            recipients=[(e, purpose, party) for e in (0, 1) for purpose, party in parties])

    def submit(self, session, *args, **options):
        """The answer and the relay's signed word."""
        fields, body = self.submission(*args, **options)
        answer, word = session.ask("case.submit", body, **fields)
        return self.saw(answer), word

    def act(self, number, by, owner, waiting=(), joined=(), to_reporter=True, **options):
        """A professional's words, to all who may have them."""
        recipients = [(0, PARTY, i.id) for i in [owner, *joined]]
        recipients[1:1] = [(0, WAITING, i.id) for i in waiting]
        recipients += [(0, TO_REPORTER, NOBODY)] if to_reporter else []
        return self.event(number, by.device, by=by, envelopes=[(WORDS, 1024)],
                          recipients=recipients, **options)

    def append(self, session, made):
        fields, body = made
        return self.saw(session.ask("case.append", body, **fields)[0])


def check_word(word, relay_key):
    """The fields of a RelayWord; raises ValueError unless the relay signed it."""
    content, signature = word[:-64], word[-64:]
    if not verify(relay_key, vec(b"kring relay v1") + sha(content), signature):
        raise ValueError("not the relay's word")
    size = content[2]
    rest = content[3 + size:]
    seq, = struct.unpack(">Q", rest[48:56])
    said, until = struct.unpack(">QQ", rest[88:104])
    return {"kind": content[1], "relay": content[3:3 + size], "case": rest[:32],
            "event": rest[32:48], "seq": seq, "hash": rest[56:88], "time": said, "until": until,
            "inbox": rest[104:136]}
