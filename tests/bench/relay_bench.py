#!/usr/bin/env python3
"""What kringd delivers, by kring-load: groups of several sizes with an fsync before every
acknowledgement, and what an idle connection costs. The store lies on the disk of the build.

Prints figures; what it passes or fails is whether anything was lost, doubled or out of order.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "protocol"))
from kringd import NO_QUOTA, Tap, running  # noqa: E402

SECONDS = "8"
LIMITS = "connections = 65535 connections_per_address = 65535 anonymous = 65535"
CASES = (
    ("one group of 50", ["--groups", "1", "--members", "50"]),
    ("one group of 50, 400 outstanding",
     ["--groups", "1", "--members", "50", "--window", "400"]),
    ("twenty groups of 50", ["--groups", "20", "--members", "50"]),
    ("two groups of 500", ["--groups", "2", "--members", "500"]),
)


def grant(kringctl, relay):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", "grant", "community"],
                         capture_output=True, text=True, timeout=60, check=True)
    return json.loads(run.stdout)["code"]


def load(programs, relay, options):
    kringctl, kring_load = programs
    run = subprocess.run(
        [kring_load, "--port", str(relay.port), "--grant", grant(kringctl, relay), "--json",
         "--quiet", "--seconds", SECONDS, "--give-up", "240",
         "--relay-pid", str(relay.process.pid), *options],
        capture_output=True, text=True, timeout=300)
    return json.loads(run.stdout) if run.stdout else {"said": run.stderr}


def measure(tap, name, programs, kringd, options):
    with running(kringd, settings=NO_QUOTA, limits=LIMITS) as relay:
        figures = load(programs, relay, options)
        if tap.check(f"{name}: nothing lost, doubled or out of order",
                     figures.get("clean") is True, figures):
            print(f"#: {name}: {figures['deliveries_per_second']:,.0f} deliveries/s, "
                  f"{figures['posts_per_second']:,.0f} acknowledgements/s, "
                  f"p50 {figures['ack_p50_ms']:.1f} ms, p99 {figures['ack_p99_ms']:.1f} ms, "
                  f"processor {figures['relay_cpu_seconds']:.1f} s")
        return figures


def main(kringd, kringctl, kring_load):
    # The relays' directories lie where the build lies, not on a file system in memory.
    tempfile.tempdir = os.getcwd()
    tap = Tap()
    programs = (kringctl, kring_load)
    for name, options in CASES:
        measure(tap, name, programs, kringd, options)
    idle = min(19000, os.sysconf("SC_OPEN_MAX") - 500)
    name = f"one group of 50 beside {idle:,} idle connections"
    figures = measure(tap, name, programs, kringd,
                      ["--groups", "1", "--members", "50", "--idle", str(idle)])
    if "relay_idle_bytes" in figures:
        print(f"#: an idle connection: {figures['relay_idle_bytes']:,.0f} bytes of the relay's")
    tap.finish()


main(*sys.argv[1:])
