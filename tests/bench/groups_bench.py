#!/usr/bin/env python3
"""Groups of 2, 50, 200 and 1,000 members at a real relay: time and bytes to admit, remove,
update, post and catch up (groups_bench.c).

The relay's store lies on the disk of the build and syncs before every acknowledgement; the
clients' keystores lie in memory. Sizes after the programs take the place of the usual ones.

Prints figures; what it passes or fails is whether every size came about without an alarm.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "protocol"))
from kringd import NO_QUOTA, Tap, running  # noqa: E402

# How many stay connected: all of them need more memory and processor than one machine has.
SIZES = ((2, 2), (50, 50), (200, 200), (1000, 10))
LIMITS = "connections = 8000 connections_per_address = 8000 anonymous = 8000"
GIVE_UP_S = 900
IN_MEMORY = "/dev/shm"


def grant(kringctl, relay):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", "grant", "community"],
                         capture_output=True, text=True, timeout=60, check=True)
    return json.loads(run.stdout)["code"]


def run_size(programs, size, online):
    kringd, kringctl, bench = programs
    with running(kringd, settings=NO_QUOTA, limits=LIMITS) as relay, \
            tempfile.TemporaryDirectory(dir=IN_MEMORY) as keystores:
        run = subprocess.run(
            [bench, str(relay.port), grant(kringctl, relay), str(size), str(online),
             keystores],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=GIVE_UP_S)
    return json.loads(run.stdout) if run.returncode == 0 else {"said": run.stderr}


def traffic(figures, who, times=1):
    if who not in figures:
        return "-"
    sent, received = (figures[who][way] / times for way in ("sent", "received"))
    return f"{sent:,.0f} out, {received:,.0f} in"


def show(size, figures):
    print(f"#: {size:,} members, {figures['num_online']:,} of them connected; the first "
          f"{size - 1:,} came in within {figures['build_ms'] / 1000:,.1f} s, of all clients' "
          f"processor time {figures['build_cpu_ms'] / 1000:,.1f} s")
    posts = figures["num_posts"]
    rows = [
        ("admit the last one", figures["admit"]["ms"], figures["admit"], 1),
        ("post, until all have it", figures["post_ms"], figures["posts"], posts),
        ("update the own path", figures["refresh"]["ms"], figures["refresh"], 1),
        ("remove one", figures["remove"]["ms"], figures["remove"], 1),
        (f"catch up {figures['num_missed']} events", figures["catch_up"]["ms"],
         figures["catch_up"], 1),
    ]
    for name, ms, of, times in rows:
        print(f"#:   {name:24} {ms:9,.1f} ms, processor {of['cpu_ms'] / times:9,.1f} ms; "
              f"actor {traffic(of, 'actor', times)}; "
              f"bystander {traffic(of, 'bystander', times)}")
    print(f"#:   {'start from the keystore':24} {figures['start_ms']:9,.1f} ms; it has "
          f"{figures['keystore_records']:,} records of {figures['keystore_live']:,} bytes, "
          f"its file {figures['keystore_file']:,} bytes")


def main(kringd, kringctl, bench, *sizes):
    # The relays' directories lie where the build lies, not on a file system in memory.
    tempfile.tempdir = os.getcwd()
    tap = Tap()
    wanted = [int(size) for size in sizes]
    print(f"#: {os.cpu_count()} processors; times by the wall clock, the relay and all clients "
          "on them; bytes of messages without WebSocket and TLS")
    for size, online in SIZES:
        if wanted and size not in wanted:
            continue
        begin = time.monotonic()
        figures = run_size((kringd, kringctl, bench), size, online)
        if tap.check(f"a group of {size:,} came about", "build_ms" in figures, figures):
            show(size, figures)
            print(f"#:   all of it {time.monotonic() - begin:,.1f} s")
    tap.finish()


main(*sys.argv[1:])
