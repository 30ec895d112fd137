#!/usr/bin/env python3
"""A peer that sends and does not read costs a bounded amount of memory, is closed with 4003 in the
end, and troubles nobody else. So do those who never send the end of a message."""
import socket
import struct
import sys
import time

from cases import Closed, Session
from ed25519 import Key
from kringd import NO_QUOTA, WAIT_S, Relay, Tap
from websocket import BINARY, TEXT, Client, frame

PING = b'{"verb":"ping","id":1}'
FLOOD = frame(TEXT, PING) * 1000
FLOODS = 300
# Far more than the answers that wait may take, far less than all answers together.
MEMORY_BYTES = 24 << 20
LONGEST = 2 + 4096 + (1 << 20)
UNFINISHED = 100
UNFINISHED_BYTES = 80 << 20


def memory(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


def metric(relay, name):
    return next(int(line.split()[1]) for line in relay.metrics().decode().splitlines()
                if line.startswith(f"kring_{name} "))


def flood(relay, is_enough=lambda: False):
    client = Client(relay.port, receive_buffer=4096)
    client.upgrade()
    for _ in range(FLOODS):
        try:
            client.send(FLOOD)
        except OSError:
            break
        if is_enough():
            break
    return client


def read_on(client):
    """The close code. It waits for seconds, so what stands before it is read in large pieces."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return client.close_code()


def wait_for(condition):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def code_of(session):
    """The close code, or None if an answer comes first."""
    try:
        session.receive()
    except Closed as closed:
        return closed.code
    return None


def check_unfinished(tap, kringd):
    """As long as a message may be, but for its last byte, by more than have room together."""
    message = frame(BINARY, bytes(LONGEST))
    with Relay(kringd, settings=NO_QUOTA) as relay:
        relay.start({"ASAN_OPTIONS": "quarantine_size_mb=1"})
        sessions = []
        before = memory(relay.process.pid)
        for i in range(UNFINISHED):
            sessions.append(Session(relay.port).auth(Key(struct.pack(">8I", *[i] * 8))))
            sessions[-1].client.send(message[:-1])
        sessions[-1].client.send(message[-1:])
        tap.equal("a message that comes to its end is answered", code_of(sessions[-1]), None)
        grown = memory(relay.process.pid) - before
        tap.check("messages without an end take a bounded amount of memory",
                  grown < UNFINISHED_BYTES, grown)
        tap.equal("who has been at it longest makes room", code_of(sessions[0]), 4003)
        for session in sessions:
            session.shut()
        tap.equal("it ends well, too", relay.stop(), 0)


def main(kringd):
    tap = Tap()
    check_unfinished(tap, kringd)
    with Relay(kringd, settings=NO_QUOTA + "\nmetrics { port = 0 }\n") as relay:
        # A sanitizer keeps freed memory for a while; that is not what is measured here.
        relay.start({"ASAN_OPTIONS": "quarantine_size_mb=1"})
        neighbour = Client(relay.port)
        neighbour.open()
        before = memory(relay.process.pid)
        client = flood(relay, lambda: metric(relay, "closed_slow_total") == 1)
        tap.equal("who reads on finds the close code", read_on(client), 4003)
        client.shut()

        silent = flood(relay)
        grown = memory(relay.process.pid) - before
        tap.check("memory stays bounded", grown < MEMORY_BYTES, grown)
        neighbour.send(frame(TEXT, PING))
        tap.check("a neighbour is served", '"re":1' in neighbour.message())
        tap.check("who never reads is hung up on",
                  wait_for(lambda: metric(relay, "sessions") == 1), relay.log())
        tap.check("both are counted", wait_for(lambda: metric(relay, "closed_slow_total") == 2),
                  metric(relay, "closed_slow_total"))
        silent.shut()
        neighbour.send(frame(TEXT, PING))
        tap.check("the neighbour is still served", '"re":1' in neighbour.message())
        neighbour.shut()
        tap.equal("it ends well", relay.stop(), 0)
    tap.finish()


main(sys.argv[1])
