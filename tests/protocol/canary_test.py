#!/usr/bin/env python3
"""P4: what clients send as ciphertext or secret is not in the journal, the metrics or the run
files, whatever they do wrong; a one-time code is not in memory either; and there is no core dump.

Bodies are ciphertext, and the relay's to keep: they are looked for where they do not belong, and
must be found in the store, or the search itself would be worth nothing."""
import base64
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from kringd import NO_QUOTA, WAIT_S, Tap, running
from memory import memory_holds
from websocket import BINARY, TEXT, Client, Closed, frame

CANARY = b"canary-of-kring-load"
SETTINGS = NO_QUOTA + '\nlog_level = "debug"\nmetrics { port = 0 }\n'

FIELDS = ("verb", "topic", "account", "key", "sig", "event", "grant", "invite", "community",
          "incarnation", "after", "inbox", "wraps_len", "unknown")


def grant(kringctl, relay):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", "grant", "community"],
                         capture_output=True, text=True, timeout=WAIT_S, check=True)
    return json.loads(run.stdout)["code"]


def send_rubbish(relay):
    """The canary in every field of requests that are refused, and in frames that are none."""
    text = CANARY.decode()
    requests = [json.dumps({"id": 1, "verb": "ping", field: text}) for field in FIELDS]
    requests += [json.dumps({"id": 1, "verb": verb, "event": text, "topic": text})
                 for verb in ("group.post", "community.found", "topic.read", "auth",
                              "inbox.create", "case.submit", "case.open", "case.append")]
    frames = [frame(TEXT, request.encode()) for request in requests]
    frames += [frame(BINARY, struct.pack(">H", len(CANARY)) + CANARY * 2),
               frame(TEXT, CANARY), frame(0x3, CANARY), frame(TEXT, b"\xff" + CANARY),
               frame(BINARY, CANARY * 2000), frame(0x8, b"\x03\xe8" + CANARY)]
    for data in frames:
        client = Client(relay.port)
        client.open()
        client.send(data)
        try:
            client.message()
        except Closed:
            pass
        client.shut()
    for request in (b"GET /" + CANARY + b" HTTP/1.1\r\nHost: " + CANARY + b"\r\n\r\n",
                    b"GET /kring HTTP/1.1\r\nHost: x\r\nOrigin: " + CANARY + b"\r\n\r\n",
                    CANARY + b"\r\n\r\n"):
        client = Client(relay.port)
        client.send(request)
        client.close_code() if request.startswith(b"can") else client.response()
        client.shut()


def check_journal(tap, relay, code):
    journal = relay.log()
    tap.check("the journal has no body or field", CANARY.decode() not in journal)
    tap.check("the journal has no code", code not in journal)
    tap.check("the journal names no account, group or topic",
              not re.search(r"[A-Za-z0-9_-]{43}", journal), journal)
    elsewhere = [line for line in journal.splitlines()
                 if "127.0.0.1" in line and "listening" not in line]
    tap.equal("the journal has no client's address", elsewhere, [])
    lines = [line for line in journal.splitlines()
             if not re.match(r"<[3-7]>[a-z_]+ ?([a-z_]+=(\"[^\"]*\"|[^ ]*) ?)*$", line)]
    tap.equal("each line is a priority, an event, and key=value", lines, [])


def check_elsewhere(tap, relay):
    tap.check("the metrics have nothing of it", CANARY not in relay.metrics())
    run_files = b"".join(path.read_bytes() for path in (relay.root / "run").iterdir()
                         if path.is_file())
    tap.check("the run files have nothing of it", CANARY not in run_files)
    stored = b"".join(path.read_bytes() for path in (relay.root / "state").iterdir())
    tap.check("the store has the bodies (the search finds what is there)", CANARY in stored)


def check_memory(tap, relay, code):
    name = "a one-time code is not in memory"
    if os.geteuid() != 0:
        tap.skip(name, "needs root")
        return
    secrets = {code.encode(), base64.urlsafe_b64decode(code + "==")}
    there = b"relay.test"
    tap.equal(f"{name}, and the search finds what is there",
              memory_holds(relay.process.pid, secrets | {there}), {there})


def dumps_core(command, directory, kill):
    """Whether a program that is aborted leaves a core dump, if it were for the system alone."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    process = subprocess.Popen(command, cwd=directory, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE,
                                                                     unlimited))
    kill(process)
    process.wait(60)
    return any(path.name.startswith("core") for path in Path(directory).iterdir())


def check_core(tap, kringd):
    name = "aborted, it leaves no core dump"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            able = dumps_core(["sleep", "60"], scratch, lambda p: p.send_signal(signal.SIGABRT))
        except (OSError, ValueError):
            able = False
    if not able:
        tap.skip(name, "this system makes no core files in the working directory")
        return
    with running(kringd) as relay, tempfile.TemporaryDirectory() as scratch:
        relay.stop()

        def kill(process):
            relay.process = process
            relay.wait_until_up()
            process.send_signal(signal.SIGABRT)

        command = [os.path.abspath(kringd), "--config", str(relay.config)]
        tap.check(name, not dumps_core(command, scratch, kill))


def main(kringd, kringctl, kring_load):
    tap = Tap()
    with running(kringd, settings=SETTINGS) as relay:
        code = grant(kringctl, relay)
        run = subprocess.run(
            [kring_load, "--port", str(relay.port), "--grant", code, "--quiet", "--members", "5",
             "--seconds", "1", "--warm-up", "0"], capture_output=True, text=True,
            timeout=2 * WAIT_S)
        tap.equal("a community speaks", run.returncode, 0)
        unused = grant(kringctl, relay)
        send_rubbish(relay)
        check_journal(tap, relay, code)
        check_elsewhere(tap, relay)
        check_memory(tap, relay, unused)
        tap.equal("it ends well", relay.stop(), 0)
        check_journal(tap, relay, code)
    check_core(tap, kringd)
    tap.finish()


main(*sys.argv[1:])
