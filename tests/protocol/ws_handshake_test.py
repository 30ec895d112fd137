#!/usr/bin/env python3
"""The WebSocket handshake: what is let through to kring.v1, and what the others are told."""
import sys

from kringd import Tap, running
from websocket import Client, Closed, handshake

ORIGIN = "https://app.test"

# name, headers to override, options, expected status (None: hung up without an answer)
CASES = [
    ("plain", {}, {}, 101),
    ("a listed origin", {"Origin": ORIGIN}, {}, 101),
    ("a listed origin with a port", {"Origin": "https://app.test:8443"}, {}, 101),
    ("kring.v1 among others", {"Sec-WebSocket-Protocol": "chat, kring.v1"}, {}, 101),
    ("names of headers in another case", {"upgrade": "WebSocket", "Upgrade": None}, {}, 101),
    ("Connection with more words", {"Connection": "keep-alive, Upgrade"}, {}, 101),
    ("an extension that is offered", {"Sec-WebSocket-Extensions": "permessage-deflate"}, {}, 101),

    ("an origin that is not listed", {"Origin": "https://evil.test"}, {}, 403),
    ("a listed origin with another scheme", {"Origin": "http://app.test"}, {}, 403),
    ("a listed origin with another port", {"Origin": "https://app.test:444"}, {}, 403),
    ("a listed origin in capitals", {"Origin": "https://APP.test"}, {}, 403),
    ("a listed origin with a slash", {"Origin": ORIGIN + "/"}, {}, 403),
    ("a listed origin as a prefix", {"Origin": ORIGIN + ".evil.test"}, {}, 403),
    ("the origin null", {"Origin": "null"}, {}, 403),
    ("an origin that is too long", {"Origin": "https://" + "a" * 500}, {}, 403),
    ("no subprotocol", {"Sec-WebSocket-Protocol": None}, {}, 400),
    ("another subprotocol", {"Sec-WebSocket-Protocol": "chat"}, {}, 400),
    ("a later version of it", {"Sec-WebSocket-Protocol": "kring.v2"}, {}, 400),
    ("it in capitals", {"Sec-WebSocket-Protocol": "KRING.V1"}, {}, 400),
    ("the name of the HTTP protocol", {"Sec-WebSocket-Protocol": "http"}, {}, 400),
    ("no version", {"Sec-WebSocket-Version": None}, {}, 426),
    ("version 8", {"Sec-WebSocket-Version": "8"}, {}, 426),
    ("version 013", {"Sec-WebSocket-Version": "013"}, {}, 426),
    ("no key", {"Sec-WebSocket-Key": None}, {}, 400),
    ("a short key", {"Sec-WebSocket-Key": "AAAA"}, {}, 400),
    ("a key that is no base64", {"Sec-WebSocket-Key": "!" * 22 + "=="}, {}, 400),
    ("a key of 17 bytes", {"Sec-WebSocket-Key": "A" * 23 + "="}, {}, 400),
    ("another path", {}, {"path": "/"}, 400),
    ("another path below", {}, {"path": "/kring/x"}, 400),
    ("another method", {}, {"method": "POST"}, 400),
    ("another upgrade", {"Upgrade": "h2c"}, {}, 400),
]


def main(kringd):
    tap = Tap()
    with running(kringd, settings=f'origins = {{"{ORIGIN}", "https://app.test:8443"}}') as relay:
        for name, headers, options, expected in CASES:
            client = Client(relay.port)
            try:
                status, answer = client.upgrade(headers, **options)
            except Closed:
                status, answer = None, {}
            tap.equal(f"{name}: {expected}", status, expected)
            if status == 101:
                tap.equal(f"{name}: says which subprotocol",
                          answer.get("sec-websocket-protocol"), "kring.v1")
                tap.check(f"{name}: no extension", "sec-websocket-extensions" not in answer)
            elif status is not None:
                tap.check(f"{name}: says why", client.body(answer).strip() != b"")
            client.shut()

        client = Client(relay.port)
        client.send(handshake({"Connection": "keep-alive"}))
        try:
            status, _ = client.response()
        except Closed:
            status = None
        tap.check("without Connection: Upgrade: no session", status in (None, 400, 426), status)
        client.shut()

        client = Client(relay.port)
        client.send(handshake()[:-2] + b"X: " + b"a" * 20000 + b"\r\n\r\n")
        tap.check("headers without end are not read for ever", client.close_code() is None)
        client.shut()

        client = Client(relay.port)
        tap.check("it still serves", "hello" in client.open())
        client.shut()
    tap.finish()


main(sys.argv[1])
