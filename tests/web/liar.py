#!/usr/bin/env python3
"""liar.py PORT: stands between browsers and the relay at PORT, and lies as it is told.

Each line of standard input is {"to": NAME, "lies": [[WHICH, …], …]}: from now on, what everybody
is told who connects to the address of NAME; no lies: the truth. Who is connected there is hung up
on. The answer is a line {"port": …}, that address; another NAME has another one.
"""
import json
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "protocol"), str(TESTS / "scenario")]
from between import encode  # noqa: E402
from lies import (  # noqa: E402
    Answers, Clock, Hello, Noting, Records, Several, Switch, Tail, at_type, flipped, hidden,
    invented, replayed)

HOUR_MS = 3600 * 1000
NOBODY = encode(bytes(32))


def past(change):
    """change(*words) makes another past, which is the same for all connections."""
    def lie(seen, *words):
        made = change(*words)
        return lambda: Tail(made, seen)
    return lie


def ending(kind, end):
    """Topics of a kind that end sooner, by what was seen of them."""
    return Answers("topic.subscribe", lambda request, answer, body: (
        dict(answer, seq=end(request["after"])) if request["topic"][0] == kind else answer, body))


LIES = {
    "hidden": past(hidden),
    "replayed": past(replayed),
    "changed": past(lambda kind: at_type(kind, lambda event, body: [(event, flipped(body))])),
    "nothing after": past(lambda kind: lambda event, body: [(event, body)] * (
        event["topic"][0] != "s" or event["type"] == kind)),
    "taken over": past(lambda kind: invented(kind, "handover_accepted", fallback=NOBODY)),
    "behind": lambda seen, kind: lambda: ending(kind, lambda after: after - 1),
    "no more than": lambda seen, kind, seq: lambda: ending(kind, lambda after: seq),
    "another relay": lambda seen: lambda: Hello(relay="elders.test"),
    "hours ahead": lambda seen, hours: lambda: Clock(hours * HOUR_MS),
    "changed records": lambda seen, at: lambda: Records(lambda body: flipped(body, at)),
}


def obey(switch, lies):
    # What still comes for who is hung up on is seen by nobody.
    switch.seen = dict(switch.seen)
    lies = [LIES[which](switch.seen, *words) for which, *words in lies]
    switch.make = lambda: Several([lie() for lie in lies]) if lies else Noting(switch.seen)
    switch.between.hang_up()


def main():
    port = int(sys.argv[1])
    switches = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["to"] not in switches:
            switches[order["to"]] = Switch(port)
        switch = switches[order["to"]]
        obey(switch, order["lies"])
        print(json.dumps({"port": switch.port}), flush=True)


main()
