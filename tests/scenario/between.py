"""A relay that lies: it stands between clients and a real kringd and changes what passes.

Clients connect to a Between as to the relay; it connects to the relay for each of them. What
passes is whole messages of PROTOCOL.md §2, (object, body) with body None for a text message. A
Lie sees every message of one connection and says what goes on in its place. History is a lie
that stays consistent: what it drops, changes or adds to topics is numbered and hashed anew, as a
relay would that wants not to be found out. The pages of the app pass as they are.
"""
import base64
import hashlib
import json
import socket
import struct
import threading

from websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Closed, frame

ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# PROTOCOL.md §3: number and head fields of events; and whether they count in rev.
EVENTS = {
    "c": {
        "founded": (1, True, ["key", "of", "admins_added"]),
        "invited": (2, True, ["key", "until", "count"]),
        "invite_revoked": (3, True, ["key"]),
        "requested": (4, False, ["account", "key"]),
        "admitted": (5, True, ["account"]),
        "refused": (6, False, ["account"]),
        "role": (7, True, ["account", "flag"]),
        "removed": (8, True, ["account"]),
        "left": (9, True, ["account"]),
        "rules": (10, True, []),
        "notice": (11, False, []),
        "muted": (12, True, ["account", "until"]),
    },
    "g": {
        "created": (20, True, ["account", "community", "flag"]),
        "commit": (21, True, ["of", "epoch", "flag", "added", "removed", "admins_added",
                              "admins_removed"]),
        "void": (22, True, ["of", "epoch", "added", "removed", "admins_added",
                            "admins_removed"]),
        "post": (23, False, ["epoch"]),
        "group_left": (24, True, ["account"]),
        "heal": (25, False, ["account"]),
    },
    "a": {
        "device_added": (30, True, ["key"]),
        "device_removed": (31, True, ["key"]),
        "key_packages": (32, False, ["key", "community", "count", "flag"]),
        "key_package_taken": (33, False, ["key", "of", "flag"]),
        "welcome": (34, False, ["group", "of", "epoch"]),
        "answered": (35, False, ["community", "flag"]),
        "key_packages_void": (36, False, []),
        "key_packages_dropped": (37, False, ["key", "community"]),
    },
}
# Every event of a case counts in rev.
EVENTS["s"] = {
    name: (number, True, fields) for number, name, fields in [
        (80, "submitted", ["key", "until", "by", "inbox", "fallback", "urgency"]),
        (86, "urgency_changed", ["until", "by", "urgency"]),
        (88, "handover_accepted", ["until", "by", "fallback"]),
        (98, "reopened", ["until", "by", "urgency"]),
        *[(number, name, ["until", "by"]) for number, name in [
            (81, "acknowledged"), (82, "follow_up"), (83, "question"), (84, "answer"),
            (85, "promise"), (91, "advised"), (93, "joined"), (96, "closed"),
            (97, "close_read"), (99, "withdrawn"), (102, "erased"), (103, "expired")]],
        *[(number, name, ["until", "by", "inbox"]) for number, name in [
            (87, "handover_offered"), (89, "handover_declined"), (90, "consulted"),
            (92, "join_invited"), (94, "parted"), (95, "overdue"), (100, "consented"),
            (101, "identity_shared")]],
    ]
}
LISTS = {"added", "removed", "admins_added", "admins_removed"}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def vector(data):
    """opaque data<V>, RFC 9420 §2.1.2."""
    if len(data) < 64:
        return bytes([len(data)]) + data
    if len(data) < 16384:
        return struct.pack(">H", 0x4000 | len(data)) + data
    return struct.pack(">I", 0x80000000 | len(data)) + data


def head_bytes(event):
    out = b""
    for name in EVENTS[event["topic"][0]][event["type"]][2]:
        if name in LISTS:
            out += vector(b"".join(decode(item) for item in event.get(name, [])))
        elif name in ("epoch", "until"):
            out += struct.pack(">Q", event[name])
        elif name == "count":
            out += struct.pack(">I", event[name])
        elif name in ("flag", "urgency"):
            out += bytes([event[name]])
        else:
            out += decode(event[name])
    return out


def running_hash(previous, event, body):
    """PROTOCOL.md §3."""
    kind, name = event["topic"].split(".")
    data = vector(b"kring topic v1") + previous + kind.encode() + decode(name)
    data += struct.pack(">QQH", event["seq"], event["rev"], EVENTS[kind][event["type"]][0])
    data += decode(event["id"]) + vector(decode(event.get("author", "")))
    data += struct.pack(">Q", event["time"]) + vector(head_bytes(event))
    data += hashlib.sha256(body or b"").digest()
    return hashlib.sha256(data).digest()


def pack(message):
    """The WebSocket opcode and payload of (object, body)."""
    text = json.dumps(message[0], separators=(",", ":")).encode()
    if message[1] is None:
        return TEXT, text
    return BINARY, struct.pack(">H", len(text)) + text + message[1]


def unpack(opcode, payload):
    if opcode == TEXT:
        return json.loads(payload), None
    size = struct.unpack(">H", payload[:2])[0]
    return json.loads(payload[2:2 + size]), payload[2 + size:]


class Lie:
    """The truth, for one connection: override what is to be a lie. account is who is connected,
    as soon as they have said so."""

    account = None

    def to_relay(self, message):
        """What goes to the relay in place of a client's message: a list of messages."""
        return [message]

    def to_client(self, message):
        return [message]


class History(Lie):
    """Topics with another past. change(event, body) gives the (event, body) that take its place:
    none, others, more. Only what the relay says is rewritten; who is lied to should read, and
    not append, from the lie on."""

    def __init__(self, change):
        self.change = change
        self.shown = {}      # topic: [seq, rev, hash] as shown last
        self.asked = {}      # request: topic, of subscriptions

    def to_relay(self, message):
        request = message[0]
        if request["verb"] == "topic.subscribe":
            self.asked[request["id"]] = request["topic"]
            self.shown.setdefault(request["topic"], [0, 0, bytes(32)])
        return [message]

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") != "event" or answer["topic"][0] not in EVENTS:
            return [message]
        return [self._show(event, data) for event, data in self.change(answer, body)]

    def _show(self, event, body):
        place = self.shown.setdefault(event["topic"], [0, 0, bytes(32)])
        kind = event["topic"][0]
        place[0] += 1
        place[1] += EVENTS[kind][event["type"]][1]
        event = dict(event, seq=place[0], rev=place[1])
        place[2] = running_hash(place[2], event, body)
        return dict(event, hash=encode(place[2])), body


def _hang_up(connection):
    """A close alone would not wake the other thread, and the relay would go on telling."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(source, target):
    """Until one of them ends, and with it the other."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _hang_up(target)


class Between:
    """lie() makes the Lie of each connection."""

    def __init__(self, relay_port, lie=None):
        self.relay_port = relay_port
        self.lie = lie or Lie
        self.clients = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.open = False
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def hang_up(self):
        """On everybody who is connected now."""
        for client in list(self.clients):
            _hang_up(client)

    def _accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        relay = None
        try:
            head, buffer = self._read_head(client)
            if b"\r\nsec-websocket-key:" not in head.lower():
                self._pass_on(client, head + buffer)
                return
            self._shake_hands(client, head)
            self.clients.add(client)
            lie = self.lie()
            relay = Client(self.relay_port)
            relay.socket.settimeout(None)
            relay.upgrade()
            up = threading.Thread(
                target=self._pump_up, args=(client, buffer, relay, lie), daemon=True)
            up.start()
            self._pump_down(client, relay, lie)
        except (OSError, Closed):
            pass
        finally:
            self.clients.discard(client)
            client.close()
            if relay is not None:
                relay.shut()

    @staticmethod
    def _read_head(client):
        """Of the request, with its last line's end; and what came after it."""
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            data = client.recv(65536)
            if not data:
                raise OSError("gone")
            buffer += data
        at = buffer.index(b"\r\n\r\n") + 4
        return buffer[:at], buffer[at:]

    def _pass_on(self, client, request):
        with socket.create_connection(("127.0.0.1", self.relay_port)) as relay:
            relay.sendall(request)
            up = threading.Thread(target=_pump, args=(client, relay), daemon=True)
            up.start()
            _pump(relay, client)
            up.join()

    @staticmethod
    def _shake_hands(client, head):
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":", 1)[1].strip()
        accept = base64.b64encode(hashlib.sha1(key + ACCEPT).digest())
        client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Protocol: kring.v1\r\n"
                       b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    @staticmethod
    def _messages(read):
        """Whole messages as (opcode, payload), and pings and closes as they come."""
        opcode, payload = None, b""
        while True:
            fin, code, data = read()
            if code in (PING, PONG, CLOSE):
                yield code, data
                continue
            opcode = opcode if code == CONTINUATION else code
            payload += data
            if fin:
                yield opcode, payload
                opcode, payload = None, b""

    def _pump_down(self, client, relay, lie):
        for opcode, payload in self._messages(relay.frame):
            if opcode in (PING, PONG, CLOSE):
                client.sendall(frame(opcode, payload, masked=False))
                if opcode == CLOSE:
                    return
                continue
            for message in lie.to_client(unpack(opcode, payload)):
                code, data = pack(message)
                client.sendall(frame(code, data, masked=False))

    def _pump_up(self, client, buffer, relay, lie):
        reader = _Masked(client, buffer)
        try:
            for opcode, payload in self._messages(reader.frame):
                if opcode in (PING, PONG, CLOSE):
                    relay.send(frame(opcode, payload))
                    if opcode == CLOSE:
                        return
                    continue
                message = unpack(opcode, payload)
                if message[0].get("verb") == "auth":
                    lie.account = message[0]["account"]
                for each in lie.to_relay(message):
                    relay.send(frame(*pack(each)))
        except (OSError, Closed):
            _hang_up(relay.socket)


class _Masked:
    """Frames as a client sends them."""

    def __init__(self, connection, buffer):
        self.connection = connection
        self.buffer = buffer

    def _take(self, size):
        while len(self.buffer) < size:
            data = self.connection.recv(65536)
            if not data:
                raise Closed(None)
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def frame(self):
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._take(8))[0]
        mask = self._take(4)
        data = self._take(size)
        return bool(first & 0x80), first & 0xF, bytes(b ^ mask[i % 4] for i, b in enumerate(data))
