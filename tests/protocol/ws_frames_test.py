#!/usr/bin/env python3
"""WebSocket frames: fragments, control frames, UTF-8, close codes, masking, limits.

What Debian's libwebsockets accepts although RFC 6455 forbids it is pinned here, and listed in
PROTOCOL.md §9: when a newer library refuses it, the test says so and the page is changed.
"""
import struct
import sys

from kringd import Tap, running
from websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Closed, frame)

PING_REQUEST = b'{"verb":"ping","id":1}'
MAX_ANONYMOUS = 16384


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


def too_many_fragments():
    return frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b" " * 1000, fin=False) * 20


# name, bytes to send, expected: a string that the next message holds, or a close code, or
# None for a connection that is ended without one.
CASES = [
    ("a text message", frame(TEXT, PING_REQUEST), '"re":1'),
    ("a binary message", frame(BINARY, struct.pack(">H", len(PING_REQUEST)) + PING_REQUEST),
     '"re":1'),
    ("a mask of zeroes", frame(TEXT, PING_REQUEST, mask=bytes(4)), '"re":1'),
    ("two fragments", frame(TEXT, PING_REQUEST[:5], fin=False) +
     frame(CONTINUATION, PING_REQUEST[5:]), '"re":1'),
    ("a fragment a byte", frame(TEXT, PING_REQUEST[:1], fin=False) + b"".join(
        frame(CONTINUATION, PING_REQUEST[i:i + 1], fin=i == len(PING_REQUEST) - 1)
        for i in range(1, len(PING_REQUEST))), '"re":1'),
    ("empty fragments", frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) +
     frame(CONTINUATION, PING_REQUEST), '"re":1'),
    ("a ping between fragments", frame(TEXT, PING_REQUEST[:5], fin=False) +
     frame(PING, b"x") + frame(CONTINUATION, PING_REQUEST[5:]), '"re":1'),
    ("a character cut by a fragment", frame(TEXT, b'{"verb":"\xc3', fin=False) +
     frame(CONTINUATION, b'\xa9","id":1}'), '"error":"verb"'),
    ("a pong that nobody asked for", frame(PONG, b"x") + frame(TEXT, PING_REQUEST), '"re":1'),
    ("the largest anonymous message", frame(TEXT, PING_REQUEST + b" " * (4096 - len(PING_REQUEST))),
     '"re":1'),
    ("an empty text message", frame(TEXT, b""), '"error":"json"'),
    ("an empty binary message", frame(BINARY, b""), '"error":"frame"'),

    ("one byte more than the limit", frame(BINARY, b"x" * (MAX_ANONYMOUS + 1)), 1009),
    ("more than the limit in fragments", too_many_fragments(), 1009),
    ("a frame that only says it is large", frame(BINARY, b"")[:1] + b"\xff" +
     struct.pack(">Q", 1 << 40) + b"mask" + b"x" * 600, 1009),
    ("a length beyond 2^63", frame(BINARY, b"")[:1] + b"\xff" + b"\xff" * 8 + b"mask", None),
    ("text that is no UTF-8", frame(TEXT, b'{"verb":"\xff\xfe"}'), 1007),
    ("text that ends within a character", frame(TEXT, b'{"verb":"\xc3'), 1007),
    ("an overlong character", frame(TEXT, b'{"verb":"\xc0\xaf"}'), 1007),
    ("a surrogate in UTF-8", frame(TEXT, b'{"verb":"\xed\xa0\x80"}'), 1007),
    ("a continuation of nothing", frame(CONTINUATION, b"x"), 1002),
    ("a new message within another", frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
    ("a fragmented ping", frame(PING, b"x", fin=False), 1002),
    ("a ping of 126 bytes", frame(PING, b"x" * 126), None),
    ("a close of 126 bytes", frame(CLOSE, b"\x03\xe8" + b"x" * 124), None),
    ("reserved opcode 3", frame(0x3, b"x"), 1002),
    ("reserved opcode 11", frame(0xB, b"x"), 1002),
    ("reserved bit 1", frame(TEXT, PING_REQUEST, rsv=4), 1002),
    ("reserved bit 2", frame(TEXT, PING_REQUEST, rsv=2), 1002),
    ("reserved bit 3", frame(TEXT, PING_REQUEST, rsv=1), 1002),

    ("close 1000 is answered", close(1000), 1000),
    ("close 1001 is answered", close(1001, b"bye"), 1001),
    ("close 3000 is answered", close(3000), 3000),
    ("close 4999 is answered", close(4999), 4999),
    ("close without a code", frame(CLOSE, b""), 1005),
    ("close 0", close(0), 1002),
    ("close 999", close(999), 1002),
    ("close 1004", close(1004), 1002),
    ("close 1005", close(1005), 1002),
    ("close 1006", close(1006), 1002),
    ("close 1015", close(1015), 1002),
    ("close 2999", close(2999), 1002),

    # Against RFC 6455, by Debian's libwebsockets 4.1.6; see PROTOCOL.md §9.
    ("pinned: an unmasked frame is accepted (§5.1)", frame(TEXT, PING_REQUEST, masked=False),
     '"re":1'),
    ("pinned: a length in 16 bits that needs 7 (§5.2)", frame(TEXT, PING_REQUEST, length_form=16),
     '"re":1'),
    ("pinned: a length in 64 bits that needs 7 (§5.2)", frame(TEXT, PING_REQUEST, length_form=64),
     '"re":1'),
    ("pinned: close with half a code (§5.5.1)", frame(CLOSE, b"\x03"), 1005),
    ("pinned: close 65535", close(65535), 65535),
]


def outcome(client, data):
    client.send(data)
    try:
        return client.message()
    except Closed as closed:
        return closed.code


def check_pongs(tap, relay):
    client = Client(relay.port)
    client.open()
    for payload in (b"", b"abc", b"x" * 125):
        client.send(frame(PING, payload))
        _, opcode, answer = client.frame()
        tap.equal(f"a ping of {len(payload)} bytes comes back", (opcode, answer), (PONG, payload))
    client.shut()


def check_neighbours(tap, relay):
    """What one connection does wrong, no other notices."""
    steady = Client(relay.port)
    steady.open()
    for _, data, _ in CASES:
        other = Client(relay.port)
        other.open()
        other.send(data)
        other.shut()
    steady.send(frame(TEXT, PING_REQUEST))
    tap.check("a neighbour notices nothing", '"re":1' in steady.message())
    steady.shut()


def main(kringd):
    tap = Tap()
    with running(kringd) as relay:
        for name, data, expected in CASES:
            client = Client(relay.port)
            client.open()
            got = outcome(client, data)
            if isinstance(expected, str):
                tap.check(name, isinstance(got, str) and expected in got, got)
            else:
                tap.equal(name, got, expected)
            client.shut()
        check_pongs(tap, relay)
        check_neighbours(tap, relay)
        tap.equal("it ends well", relay.stop(), 0)
    tap.finish()


main(sys.argv[1])
