#!/usr/bin/env python3
"""The client's transport: against kringd over ws and wss, and against a double that does what
a relay must not.

transport_test.py PEER KRINGD SOURCE_ROOT
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[3]) / "tests/protocol"))
from kringd import Relay, Tap  # noqa: E402
from websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame  # noqa: E402

WAIT_S = 120
MESSAGE_MAX = 2 + 4096 + (1 << 20)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """transport_peer, by lines."""

    def __init__(self, binary, *arguments, environment=None):
        self.process = subprocess.Popen(
            [binary, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, **(environment or {})))
        self.timer = threading.Timer(WAIT_S, self.process.kill)
        self.timer.start()

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().rstrip("\n")

    def ask(self, line):
        """The line that answers at once."""
        self.say(line)
        return self.hear()

    def open(self, url):
        """How an attempt turns out."""
        answer = self.ask(f"open {url}")
        return self.hear() if answer == "open ok" else answer

    def end(self):
        """All that it still says; the last line is how its loop closed."""
        rest = self.process.communicate("quit\n")[0].splitlines()
        self.timer.cancel()
        return rest, self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        self.timer.cancel()


def told(is_text, payload):
    kind = "text" if is_text else "binary"
    return f"message {kind} {len(payload)} {hashlib.sha256(payload).hexdigest()}"


class Double:
    """Listens, and gives the first connection to a function of a Conversation."""

    def __init__(self, act, tls=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(WAIT_S)
        self.port = self.listener.getsockname()[1]
        self.tls = tls
        self.act = act
        self.request = b""
        self.error = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            connection, _ = self.listener.accept()
            connection.settimeout(WAIT_S)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self.act(Conversation(connection, self))
        except (OSError, EOFError) as error:
            self.error = error

    def close(self):
        self.thread.join(WAIT_S)
        self.listener.close()


class Conversation:
    def __init__(self, connection, double):
        self.connection = connection
        self.double = double
        self.buffer = b""

    def take(self, size):
        while len(self.buffer) < size:
            data = self.connection.recv(1 << 16)
            if not data:
                raise EOFError
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def handshake(self, subprotocol="kring.v1", extra="", status="101 Switching Protocols",
                  accept=None):
        while b"\r\n\r\n" not in self.buffer:
            data = self.connection.recv(1 << 16)
            if not data:
                raise EOFError
            self.buffer += data
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.double.request = head
        key = [line.split(b": ", 1)[1] for line in head.split(b"\r\n")
               if line.lower().startswith(b"sec-websocket-key")][0]
        accept = accept or base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        chosen = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self.send(f"HTTP/1.1 {status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Accept: {accept}\r\n{chosen}{extra}\r\n".encode())

    def send(self, data):
        self.connection.sendall(data)

    def frame(self):
        """The next frame of the client: (fin, opcode, payload, masked)."""
        first, second = self.take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        mask = self.take(4) if second & 0x80 else bytes(4)
        payload = self.take(size)
        whole = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if size < 1 << 17 else payload
        return bool(first & 0x80), first & 0xF, whole, bool(second & 0x80)

    def until_closed(self):
        """The code of the client's close frame, None if it just goes."""
        try:
            while True:
                _, opcode, payload, _ = self.frame()
                if opcode == CLOSE:
                    return struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005
        except (EOFError, OSError):
            return None


def plain(opcode, payload=b"", **options):
    return frame(opcode, payload, masked=False, **options)


def url(double, scheme="ws", host="127.0.0.1"):
    return f"{scheme}://{host}:{double.port}/kring"


# ---- Addresses ------------------------------------------------------------------------

GOOD = ["wss://relay.example/kring", "wss://relay.example:8443/kring", "wss://192.0.2.1/kring",
        "wss://relay.example", "ws://127.0.0.1:8080/kring", "ws://127.255.0.9/", "ws://[::1]/kring",
        "ws://[::1]:8080/kring", "ws://localhost:1/kring", "ws://LOCALHOST/x", "wss://h:65535/"]
BAD = ["", "wss://", "wss:///kring", "https://relay.example/", "http://127.0.0.1/", "relay.example",
       "ws://relay.example/kring", "ws://192.0.2.1/", "ws://128.0.0.1/", "ws://[2001:db8::1]/",
       "ws://0.0.0.0/", "ws://localhost.example/", "wss://[::1]/kring", "wss://h:0/", "wss://h:65536/",
       "wss://h:99999999/", "wss://h:/", "wss://h:80x/", "wss://h:-1/", "wss://user@h/", "wss://h/#x",
       "wss://h /", "wss://h\t/", "wss://h/\u00e9", "wss://h\\@evil/", "wss://h?x", "ws://[::1/x",
       "ws://127.0.0.1.example/", "wss://:80/x", "wss://" + "a" * 600 + "/"]


def check_urls(tap, binary):
    with Peer(binary) as peer:
        wrong = [u for u in GOOD if peer.ask(f"check {u}") != "check ok"]
        tap.equal(f"{len(GOOD)} URLs are taken", wrong, [])
        wrong = [u for u in BAD if peer.ask(f"check {u}") != "check argument"]
        tap.equal(f"{len(BAD)} URLs are refused", wrong, [])
        tap.equal("a refused URL is not opened", peer.open("ws://relay.example/"), "open argument")


# ---- kringd ---------------------------------------------------------------------------

def make_certificate(root):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=relay",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(root / "key.pem"), "-out", str(root / "cert.pem")],
        check=True, capture_output=True)
    return str(root / "cert.pem"), str(root / "key.pem")


def check_relay(tap, binary, kringd):
    with Relay(kringd) as relay:
        relay.start()
        address = f"ws://127.0.0.1:{relay.port}/kring"
        with Peer(binary, environment={"http_proxy": "127.0.0.1:1"}) as peer:
            tap.equal("ws to kringd, no proxy of the environment", peer.open(address), "opened")
            tap.check("hello", peer.hear().startswith("message text "))
            tap.equal("send", peer.ask('send {"verb":"ping","id":1}'), "send ok")
            tap.check("answer", peer.hear().startswith("message text "))
            tap.equal("a second open is refused", peer.ask(f"open {address}"), "open state")
            peer.say("close")
            tap.equal("what is closed cannot send", peer.ask("send x"), "send state")
            tap.equal("and opens again at once", peer.open(address), "opened")
            tap.check("hello again", peer.hear().startswith("message text "))
            peer.say("once")
            tap.equal("freed from within a callback",
                      [peer.ask("send {}"), peer.hear(), peer.hear()][::2], ["send ok", "freed"])
            peer.say("renew")
            tap.equal("another path is no relay",
                      peer.open(address.replace("/kring", "/x")), "ended no_relay 0")
            tap.equal("the loop closes", peer.end(), (["loop 0"], 0))
        with Peer(binary) as peer:
            peer.open(address)
            peer.hear()
            relay.stop()
            tap.equal("the relay's restart has its code", peer.hear(), "ended closed 1012")
            with socket.socket() as held:  # nobody else is given its port meanwhile
                held.bind(("127.0.0.1", 0))
                tap.equal("nobody there", peer.open(
                    f"ws://127.0.0.1:{held.getsockname()[1]}/kring"), "ended refused 0")
            # One that no name server is asked for: it could take longer than the attempt may.
            tap.equal("no such name", peer.open(f"wss://{'a' * 64}.invalid/"), "ended no_host 0")


def check_tls(tap, binary, kringd):
    with Relay(kringd, listen='listen "v4" { address = "127.0.0.1" port = 0 }') as relay:
        ca, key = make_certificate(relay.root)
        relay.settings = f'tls {{ certificate = "{ca}" key = "{key}" }}'
        relay.write_config()
        relay.start()
        good = f"wss://localhost:{relay.port}/kring"
        with Peer(binary, ca) as peer:
            tap.equal("wss with a certificate that is trusted", peer.open(good), "opened")
            tap.check("hello by TLS", peer.hear().startswith("message text "))
            tap.equal("256 KiB by TLS", peer.ask("binary 262144"), "send ok")
            tap.equal("are too long for who has not said who it is",
                      peer.hear(), "ended closed 1009")
            tap.equal("another name than the certificate's",
                      peer.open(f"wss://127.0.0.1:{relay.port}/kring"), "ended tls 0")
        with Peer(binary) as peer:
            tap.equal("a certificate that nobody vouches for", peer.open(good), "ended tls 0")
        with Peer(binary, str(relay.root / "none.pem")) as peer:
            tap.equal("no such file of certificates", peer.hear(), "transport not_found")


def server_context(root, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root / "cert.pem", root / "key.pem")
    if version:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


def check_tls_doubles(tap, binary, root):
    ca, _ = make_certificate(root)
    sessions = []

    def greet(conversation):
        conversation.handshake()
        sessions.append((conversation.connection.version(), conversation.connection.session_reused))
        conversation.send(plain(TEXT, b"hi"))
        conversation.until_closed()

    context = server_context(root)
    with Peer(binary, ca) as peer:
        for _ in range(2):
            double = Double(greet, context)
            peer.open(url(double, "wss", "localhost"))
            tap.equal("greeted by TLS", peer.hear(), told(True, b"hi"))
            peer.say("renew")
            double.close()
        tap.equal("TLS 1.3, and no session is resumed", sessions, [("TLSv1.3", False)] * 2)
        double = Double(greet, server_context(root, ssl.TLSVersion.TLSv1_2))
        tap.equal("TLS 1.2 is refused", peer.open(url(double, "wss", "localhost")), "ended tls 0")
        double.close()
        double = Double(lambda c: (c.take(1), c.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
        tap.equal("a server without TLS", peer.open(url(double, "wss", "localhost")), "ended tls 0")
        double.close()


# ---- Handshakes -----------------------------------------------------------------------

HANDSHAKES = [
    ("no subprotocol", {"subprotocol": None}),
    ("another subprotocol", {"subprotocol": "chat"}),
    ("a longer subprotocol", {"subprotocol": "kring.v10"}),
    ("subprotocol in capitals", {"subprotocol": "KRING.V1"}),
    ("two subprotocols", {"subprotocol": "kring.v1, chat"}),
    ("an extension", {"extra": "Sec-WebSocket-Extensions: permessage-deflate\r\n"}),
    ("a wrong accept", {"accept": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}),
    ("status 200", {"status": "200 OK"}),
    ("status 403", {"status": "403 Forbidden"}),
    ("a redirect", {"status": "302 Found", "extra": "Location: ws://127.0.0.1:1/\r\n"}),
]


def check_handshakes(tap, binary):
    with Peer(binary) as peer:
        for name, options in HANDSHAKES:
            double = Double(lambda c, o=options: (c.handshake(**o), c.until_closed()))
            tap.equal(f"handshake with {name}", peer.open(url(double)), "ended no_relay 0")
            double.close()
        double = Double(lambda c: c.connection.recv(10))
        tap.equal("hangs up in the handshake", peer.open(url(double)), "ended no_relay 0")
        double.close()
        double = Double(lambda c: (c.handshake(), c.until_closed()))
        peer.open(url(double))
        peer.say("renew")
        double.close()
        names = {line.split(b":")[0].lower() for line in double.request.split(b"\r\n")[1:]}
        tap.equal("no Origin, no extensions, no cookie",
                  names & {b"origin", b"sec-websocket-extensions", b"cookie", b"user-agent"}, set())
        tap.check("GET and Host", double.request.startswith(b"GET /kring HTTP/1.1\r\n") and
                  f"\r\nHost: 127.0.0.1:{double.port}\r\n".encode() in double.request,
                  double.request)


# ---- Frames ---------------------------------------------------------------------------

LARGE = bytes(range(256)) * 1024
WHOLE = [
    ("text", plain(TEXT, b'{"a":1}'), told(True, b'{"a":1}')),
    ("binary", plain(BINARY, b"\0\1\2"), told(False, b"\0\1\2")),
    ("fragments", plain(TEXT, b"ab", fin=False) + plain(CONTINUATION, b"cd", fin=False) +
     plain(CONTINUATION, b"ef"), told(True, b"abcdef")),
    ("fragments with a ping between", plain(BINARY, b"ab", fin=False) + plain(PING, b"x") +
     plain(CONTINUATION, b"cd"), told(False, b"abcd")),
    ("256 KiB", plain(BINARY, LARGE), told(False, LARGE)),
    ("the largest", plain(BINARY, bytes(MESSAGE_MAX)), told(False, bytes(MESSAGE_MAX))),
    ("two in one write", plain(TEXT, b"one") + plain(TEXT, b"two"), told(True, b"one")),
]

# What is sent, and how the connection ends; the code is the relay's own, and it has none here.
BROKEN = [
    ("a message too large", plain(BINARY, bytes(MESSAGE_MAX + 1)), "ended too_large 0", {1009}),
    ("fragments too large", plain(BINARY, bytes(MESSAGE_MAX), fin=False) +
     plain(CONTINUATION, b"x"), "ended too_large 0", {1009}),
    ("text that is no UTF-8", plain(TEXT, b"\xc3\x28"), "ended closed 0", {1007, None}),
    ("a reserved opcode", plain(0x3, b"x"), "ended closed 0", {1002, None}),
    ("a reserved bit", plain(TEXT, b"x", rsv=4), "ended closed 0", {1002, None}),
    ("a continuation of nothing", plain(CONTINUATION, b"x"), "ended closed 0", {1002, None}),
    ("a new message within one", plain(TEXT, b"a", fin=False) + plain(TEXT, b"b"),
     "ended closed 0", {1002, None}),
    ("a ping in fragments", plain(PING, b"x", fin=False), "ended closed 0", {1002, None}),
    ("a ping too long", plain(PING, b"x" * 126), "ended closed 0", {1002, None}),
    ("a length beyond 63 bits", b"\x82\x7f" + b"\xff" * 8, "ended closed 0", {1002, 1009, None}),
]

CLOSES = [
    ("4004", plain(CLOSE, struct.pack(">H", 4004)), "ended closed 4004"),
    ("1001 with a reason", plain(CLOSE, struct.pack(">H", 1001) + b"bye"), "ended closed 1001"),
    ("no code", plain(CLOSE), "ended closed 0"),
]


def check_frames(tap, binary):
    for name, data, expected in WHOLE:
        with Peer(binary) as peer:
            double = Double(lambda c, d=data: (c.handshake(), c.send(d), c.until_closed()))
            tap.equal(f"{name}: opened", peer.open(url(double)), "opened")
            tap.equal(f"{name}: message", peer.hear(), expected)
            peer.end()
            double.close()
    for name, data, expected, codes in BROKEN:
        seen = []

        def act(conversation, data=data, seen=seen):
            conversation.handshake()
            try:
                conversation.send(data)
            except OSError:
                pass
            seen.append(conversation.until_closed())

        with Peer(binary) as peer:
            double = Double(act)
            peer.open(url(double))
            tap.equal(f"{name}: ends", peer.hear(), expected)
            double.close()
            tap.check(f"{name}: close code", set(seen) <= codes, seen)
    for name, data, expected in CLOSES:
        with Peer(binary) as peer:
            double = Double(lambda c, d=data: (c.handshake(), c.send(d), c.until_closed()))
            peer.open(url(double))
            tap.equal(f"closed by the relay with {name}", peer.hear(), expected)
            double.close()


def check_sending(tap, binary):
    got = []

    def act(conversation):
        conversation.handshake()
        conversation.send(plain(PING, b"are you there"))
        while True:
            got.append(conversation.frame())
            if got[-1][1] == CLOSE:
                return

    with Peer(binary) as peer:
        double = Double(act)
        peer.open(url(double))
        answers = [peer.ask(line) for line in (
            "send one", "binary 3", f"binary {MESSAGE_MAX}", "send last",
            f"binary {MESSAGE_MAX + 1}")]
        tap.equal("what is queued", answers,
                  ["send ok"] * 4 + ["send too_large"])
        peer.say("close")
        double.close()
        kinds = [(opcode, len(payload)) for _, opcode, payload, _ in got if opcode != PONG]
        tap.equal("arrives whole, in order, before the close", kinds,
                  [(TEXT, 3), (BINARY, 3), (BINARY, MESSAGE_MAX), (TEXT, 4), (CLOSE, 2)])
        tap.check("all of it masked", all(masked for *_, masked in got))
        tap.equal("closed with 1000", got[-1][2], struct.pack(">H", 1000))
        tap.equal("the ping was answered",
                  [payload for _, opcode, payload, _ in got if opcode == PONG], [b"are you there"])
        tap.equal("the loop closes after it all", peer.end(), (["loop 0"], 0))


def check_queue(tap, binary):
    """Nobody reads at the other end."""
    done = threading.Event()
    with Peer(binary) as peer:
        double = Double(lambda c: (c.handshake(), done.wait(WAIT_S)))
        peer.open(url(double))
        answers = [peer.ask("binary 1000000") for _ in range(40)]
        tap.check("a queue has an end", "send limit" in answers, answers)
        tap.equal("it can be freed all the same", peer.end(), (["loop 0"], 0))
        done.set()
        double.close()


def check_silence(tap, binary):
    """Pings when nothing comes, and gives up when they are not answered."""
    got = []

    def act(conversation):
        conversation.handshake()
        try:
            while True:
                got.append(conversation.frame()[1])
        except (EOFError, OSError):
            pass

    with Peer(binary) as peer:
        peer.say("idle 1 3")
        double = Double(act)
        peer.open(url(double))
        tap.equal("a relay that is silent is given up", peer.hear(), "ended closed 0")
        double.close()
        tap.check("after it was pinged", PING in got, got)
    stuck = socket.create_server(("127.0.0.1", 0))
    with Peer(binary) as peer:
        tap.equal("an attempt that hangs is given up with the rest",
                  [peer.ask(f"open ws://127.0.0.1:{stuck.getsockname()[1]}/"), *peer.end()[0]],
                  ["open ok", "loop 0"])
    stuck.close()


def main():
    binary, kringd = sys.argv[1], sys.argv[2]
    tap = Tap()
    check_urls(tap, binary)
    check_relay(tap, binary, kringd)
    check_tls(tap, binary, kringd)
    with Relay(kringd) as scratch:
        check_tls_doubles(tap, binary, scratch.root)
    check_handshakes(tap, binary)
    check_frames(tap, binary)
    check_sending(tap, binary)
    check_queue(tap, binary)
    check_silence(tap, binary)
    tap.finish()


main()
