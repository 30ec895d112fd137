#!/usr/bin/env python3
"""What one address, and those who have not authenticated, can make the relay hold; idle ones."""
import resource
import sys

from kringd import Tap, running
from websocket import PING as WS_PING
from websocket import PONG, TEXT, Client, frame

PING = frame(TEXT, b'{"verb":"ping","id":1}')
NO_ROOM, IDLE = 1013, 4002


def connect(relay, forwarded_for=None):
    """A client that shook hands, and the close code if the relay then had no room."""
    client = Client(relay.port)
    status, _ = client.upgrade({"X-Forwarded-For": forwarded_for})
    if status != 101:
        return client, status
    _, opcode, payload = client.frame()
    return client, int.from_bytes(payload[:2], "big") if opcode == 0x8 else None


def codes_of(relay, addresses):
    """The close codes of connections that are all open at the same time."""
    held = [connect(relay, address) for address in addresses]
    return [code for _, code in held]


def check_address(tap, kringd):
    with running(kringd, limits="connections_per_address = 2") as relay:
        clients = [connect(relay) for _ in range(3)]
        tap.equal("the third of an address is told that there is no room",
                  [code for _, code in clients], [None, None, NO_ROOM])
        clients[0][0].send(PING)
        tap.check("the first goes on", '"re":1' in clients[0][0].message())
        clients[0][0].shut()
        # The relay learns of the end when it comes round to that socket.
        for _ in range(100):
            client, code = connect(relay)
            if code is None:
                break
            client.shut()
        tap.equal("a place that is given back can be taken", code, None)


def check_proxy(tap, kringd):
    settings = "behind_proxy = true"
    with running(kringd, settings=settings, limits="connections_per_address = 1") as relay:
        codes = codes_of(relay, (
            "192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8:0:1::1",
            "2001:db8::2", "203.0.113.9, 192.0.2.3", "203.0.113.8, 192.0.2.3"))
        tap.equal("behind a proxy the last forwarded address counts, IPv6 by its /64", codes,
                  [None, None, NO_ROOM, None, None, NO_ROOM, None, NO_ROOM])
    with running(kringd, limits="connections_per_address = 1") as relay:
        codes = codes_of(relay, ("192.0.2.1", "192.0.2.2"))
        tap.equal("without a proxy nobody can choose an address", codes, [None, NO_ROOM])


def check_anonymous(tap, kringd):
    with running(kringd, limits="anonymous = 3 connections_per_address = 100") as relay:
        codes = codes_of(relay, [None] * 5)
        tap.equal("beyond the limit of anonymous sessions there is no room", codes,
                  [None, None, None, NO_ROOM, NO_ROOM])


def descriptors(relay):
    with open(f"/proc/{relay.process.pid}/limits") as limits:
        return next(line.split()[3] for line in limits if line.startswith("Max open files"))


def check_descriptors(tap, kringd):
    """It asks for what its configuration can use, and says when it cannot have that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    with running(kringd, limits="connections = 400") as relay:
        tap.equal("descriptors: as many as connections need", descriptors(relay),
                  str(400 + 400 // 8 + 16 + 64))
    with running(kringd, limits="connections = 1000000") as relay:
        short = "descriptors_few" in relay.log()
        tap.equal("descriptors: too few are told of", short,
                  hard < 1000000 + 1000000 // 8 + 16 + 64)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_idle(tap, kringd):
    with running(kringd, limits="anonymous_idle_s = 1 idle_s = 5 ping_s = 1") as relay:
        client = Client(relay.port)
        client.open()
        tap.equal("an anonymous session without a request is closed", client.close_code(), IDLE)
        client.shut()
        waiting = Client(relay.port)
        waiting.open()
        pinged = False
        while not pinged:
            _, opcode, payload = waiting.frame()
            if opcode == 0x8:
                break
            pinged = opcode == 0x9
            waiting.send(frame(PONG, payload))
        tap.check("a silent session is asked whether it is there, or is closed",
                  pinged or payload[:2] == IDLE.to_bytes(2, "big"))
        waiting.shut()


def check_alive(tap, kringd):
    """Who says nothing and answers pings is there."""
    with running(kringd, limits="anonymous_idle_s = 3600 idle_s = 15 ping_s = 1") as relay:
        client = Client(relay.port)
        client.open()
        opcodes = []
        for _ in range(2):
            _, opcode, payload = client.frame()
            opcodes.append(opcode)
            client.send(frame(PONG, payload))
        tap.equal("a pong counts: it is asked again, and not closed", opcodes, [WS_PING] * 2)
        client.shut()


def main(kringd):
    tap = Tap()
    check_address(tap, kringd)
    check_proxy(tap, kringd)
    check_anonymous(tap, kringd)
    check_idle(tap, kringd)
    check_alive(tap, kringd)
    check_descriptors(tap, kringd)
    tap.finish()


main(sys.argv[1])
