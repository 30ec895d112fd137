#!/usr/bin/env python3
"""kringd --check-config: what it takes, and that every mistake is answered with the file, the
line and a remedy, and nothing is written."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kringd import WAIT_S, Tap

BASE = """name = "relay.test"
state_dir = "{root}/state"
backup_dir = "{root}/backup"
runtime_dir = "{root}/run"
listen "plain" {{ address = "127.0.0.1" port = 0 tls = false }}
"""
FIRST = BASE.count("\n") + 1  # the line on which a case begins

# name, what follows the base, the line of the mistake (0: none is named), words of the answer
REJECTS = [
    ("an unknown option", 'colour = "blue"', FIRST, ["colour", "kringd.conf(5)"]),
    ("an unknown option in a section", 'limits {\n hats = 3\n}', FIRST + 1, ["hats"]),
    ("a number that is none", 'drain_s = many', FIRST, ["drain_s"]),
    ("a number below its bounds", 'drain_s = -1', FIRST, ["-1", "from 0 to 600"]),
    ("a number above its bounds", 'drain_s = 601', FIRST, ["601", "from 0 to 600"]),
    ("a port above 65535", 'metrics { port = 65536 }', FIRST, ["65536", "65535"]),
    ("no connections", 'limits { connections = 0 }', FIRST, ["from 1"]),
    ("a ring that holds no event", 'limits { ring_kib = 63 }', FIRST, ["from 64"]),
    ("a string that does not end", 'user = "kring', None, []),
    ("a name in capitals", 'name = "Relay.Test"', FIRST, ["lower case"]),
    ("a name with a space", 'name = "relay test"', FIRST, ["host name"]),
    ("an empty name", 'name = ""', FIRST, ["host name"]),
    ("a relative path", 'state_dir = "state"', FIRST, ["absolute"]),
    ("an address that is a name", 'listen "b" { address = "localhost" port = 0 }', FIRST,
     ["localhost", "numeric"]),
    ("a listener without an address", 'listen "b" { port = 0 tls = false }', FIRST,
     ["address is missing"]),
    ("plain text to the world", 'listen "b" { address = "0.0.0.0" port = 0 tls = false }', FIRST,
     ["loopback", "tls = true"]),
    ("plain text to the world by IPv6", 'listen "b" { address = "::" port = 0 tls = false }',
     FIRST, ["loopback"]),
    ("TLS without a certificate", 'listen "b" { address = "127.0.0.1" port = 0 }', FIRST,
     ["certificate"]),
    ("two listeners of one name",
     'listen "plain" { address = "127.0.0.1" port = 0 tls = false }', FIRST, []),
    ("an origin with a path", 'origins = {"https://app.test/"}', FIRST, ["origin"]),
    ("an origin without a scheme", 'origins = {"app.test"}', FIRST, ["origin"]),
    ("an origin in capitals", 'origins = {"https://APP.test"}', FIRST, ["lower case"]),
    ("an origin by http", 'origins = {"http://app.test"}', FIRST, ["loopback"]),
    ("the second origin", 'origins = {"https://a.test",\n"*"}', FIRST + 1, ["origin"]),
    ("an unknown log level", 'log_level = "loud"', FIRST, ["warning, notice, info or debug"]),
    ("a quota of an unknown level", 'quota "planet" { post = {1, 1} }', FIRST,
     ["connection, account or address"]),
    ("a quota with one number", 'quota "account" { post = {5} }', FIRST, ["two numbers"]),
    ("a quota of an unknown class", 'quota "account" { song = {5, 5} }', FIRST, ["song"]),
    ("a negative quota", 'quota "account" { post = {-5, 5} }', FIRST, ["-5"]),
    ("security.txt without expires", 'security_txt { contact = {"mailto:a@b"} }', FIRST,
     ["expires"]),
    ("security.txt in two lines", 'security_txt { contact = {"a\\nb"} expires = "x" }', FIRST,
     ["one line"]),
    ("an exit that is no address", 'web { root = "/tmp" exit = "example.org" }', FIRST,
     ["https://"]),
    ("an operator in two lines", 'web { root = "/tmp" operator = "a\\nb" }', FIRST,
     ["one line"]),
    ("a web root that is not there", 'web { root = "/nonexistent/kring" }', 0, ["web root"]),
]

ACCEPTS = [
    ("nothing more", ""),
    ("a comment", "# a comment"),
    ("origins", 'origins = {"https://app.test", "http://localhost:8080"}'),
    ("a proxy", "behind_proxy = true"),
    ("limits", "limits { connections = 10 connections_per_address = 5 anonymous = 3 idle_s = 60 "
     "ring_kib = 64 rings_mib = 16 }"),
    ("a quota", 'quota "account" { post = {60, 10} }'),
    ("no quota", 'quota "address" { post = {0, 0} }'),
    ("retention", "store { retention_days = 90 compact_hours = 24 max_mib = 100 }"),
    ("metrics", 'metrics { address = "::1" port = 0 }'),
    ("an IPv6 listener", 'listen "six" { address = "::1" port = 0 tls = false }'),
    ("security.txt", 'security_txt { contact = {"mailto:a@b"} expires = "2030-01-01T00:00:00Z" }'),
]


def check(kringd, path):
    run = subprocess.run([kringd, "--config", str(path), "--check-config"],
                         capture_output=True, text=True, timeout=WAIT_S)
    return run.returncode, run.stdout + run.stderr


def snapshot(root):
    return sorted((str(p), p.stat().st_mtime_ns) for p in Path(root).rglob("*"))


def main(kringd):
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="kring-test-") as root:
        path = Path(root) / "kringd.conf"
        base = BASE.format(root=root)
        for name, text, line, words in REJECTS:
            path.write_text(base + text + "\n")
            before = snapshot(root)
            code, said = check(kringd, path)
            tap.equal(f"{name}: EX_CONFIG", code, os.EX_CONFIG)
            place = f"{path}:{line}: " if line else str(path)
            tap.check(f"{name}: names the file and line {line}", said.startswith(place), said)
            tap.check(f"{name}: says what and what to do",
                      all(word in said for word in words) and said.rstrip().endswith("."), said)
            tap.check(f"{name}: writes nothing", snapshot(root) == before)
        for name, text in ACCEPTS:
            path.write_text(base + text + "\n")
            before = snapshot(root)
            code, said = check(kringd, path)
            tap.check(f"{name}: is taken", code == 0 and said.rstrip().endswith(": ok"), said)
            tap.check(f"{name}: writes nothing", snapshot(root) == before)

        path.write_text("")
        code, said = check(kringd, path)
        tap.check("an empty file: the name is missing", code == os.EX_CONFIG and "name" in said,
                  said)
        code, said = check(kringd, Path(root) / "missing.conf")
        tap.check("a missing file", code == os.EX_CONFIG and "cannot be read" in said, said)
        run = subprocess.run([kringd, "--nonsense"], capture_output=True, timeout=WAIT_S)
        tap.equal("an unknown argument: EX_USAGE", run.returncode, os.EX_USAGE)
        path.write_text(base + "drain_s = -1\n")
        run = subprocess.run([kringd, "--config", str(path)], capture_output=True, text=True,
                             timeout=WAIT_S)
        tap.check("kringd does not start with it", run.returncode == os.EX_CONFIG and
                  "config_invalid" in run.stderr and f"line={FIRST}" in run.stderr, run.stderr)
    tap.finish()


main(sys.argv[1])
