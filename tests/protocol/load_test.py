#!/usr/bin/env python3
"""kring-load against a kringd: what it measures is complete, and what it checks can fail."""
import json
import subprocess
import sys

from kringd import NO_QUOTA, WAIT_S, Tap, running

UNCLEAN, USAGE, NO_RUN = 1, 64, 69


def control(kringctl, relay, *words):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", *words],
                         capture_output=True, text=True, timeout=WAIT_S, check=True)
    return json.loads(run.stdout)


def grant(kringctl, relay):
    return control(kringctl, relay, "grant", "community")["code"]


def load(kring_load, relay, code, *options):
    run = subprocess.run(
        [kring_load, "--port", str(relay.port), "--grant", code, "--json", "--quiet",
         "--warm-up", "0", "--give-up", "120", *options],
        capture_output=True, text=True, timeout=2 * WAIT_S)
    return run.returncode, json.loads(run.stdout) if run.stdout else {}, run.stderr


def check_figures(tap, name, figures, members):
    tap.check(f"{name}: something happened", figures.get("acknowledged", 0) > 0, figures)
    tap.equal(f"{name}: every post was acknowledged", figures.get("acknowledged"),
              figures.get("sent"))
    tap.equal(f"{name}: every member got every post", figures.get("delivered"),
              figures.get("sent", 0) * members)
    for fault in ("refused", "lost", "doubled", "out_of_order", "foreign", "closed"):
        tap.equal(f"{name}: none {fault}", figures.get(fault), 0)
    tap.check(f"{name}: percentiles in order", figures.get("ack_p50_ms", 0)
              <= figures.get("ack_p99_ms", 0) <= figures.get("ack_max_ms", 0), figures)


def main(kringd, kringctl, kring_load):
    tap = Tap()
    with running(kringd, settings=NO_QUOTA) as relay:
        code, figures, said = load(kring_load, relay, grant(kringctl, relay), "--groups", "3",
                                   "--members", "7", "--seconds", "2", "--window", "10")
        tap.check("three groups: clean", code == 0 and figures.get("clean"), said)
        check_figures(tap, "three groups", figures, 7)
        code, figures, said = load(kring_load, relay, grant(kringctl, relay), "--groups", "1",
                                   "--members", "70", "--seconds", "1", "--rate", "50",
                                   "--idle", "20")
        tap.check("a rate, 70 members, idle ones: clean", code == 0 and figures.get("clean"), said)
        check_figures(tap, "a rate", figures, 70)
        tap.check("a rate: not exceeded", figures.get("sent", 0) <= 51, figures)
        code, figures, said = load(kring_load, relay, "A" * 22, "--groups", "1")
        tap.check("an unknown grant: no run, and it says so",
                  code == NO_RUN and "grant" in said, said)
        tap.equal("no port: usage", subprocess.run([kring_load], capture_output=True).returncode,
                  USAGE)
    # Who reads nothing falls off the ring, and catches up from the store.
    with running(kringd, settings=NO_QUOTA, limits="ring_kib = 64") as relay:
        # A slow machine says less in the same time, and the kernel holds a lot.
        for seconds in (4, 16, 64):
            code, figures, said = load(kring_load, relay, grant(kringctl, relay), "--groups", "2",
                                       "--members", "5", "--stalled", "2", "--seconds",
                                       str(seconds), "--window", "60", "--body", "8000")
            tap.check("stalled readers: clean", code == 0 and figures.get("clean"), said)
            check_figures(tap, "stalled readers", figures, 5)
            catch_ups = control(kringctl, relay, "statistics")["catch_ups"]
            if catch_ups > 0:
                break
        tap.check("stalled readers: served from the store", catch_ups > 0, catch_ups)

    # With quotas the relay refuses some posts: the generator must not call that clean.
    settings = 'quota "account" { post = {1, 1} }'
    with running(kringd, settings=settings) as relay:
        code, figures, said = load(kring_load, relay, grant(kringctl, relay), "--groups", "1",
                                   "--members", "3", "--seconds", "3")
        tap.check("refused posts: unclean, and it says why",
                  code == UNCLEAN and figures.get("refused", 0) > 0
                  and figures.get("clean") is False and "quota" in said, (code, figures, said))
    tap.finish()


main(*sys.argv[1:])
