#!/usr/bin/env python3
"""Operation: signals, reloads, the drain, the operator's socket, the sandbox."""
import base64
import json
import os
import select
import signal
import stat
import subprocess
import sys

from kringd import WAIT_S, Relay, Tap, running
from websocket import TEXT, Client, frame

PING = frame(TEXT, b'{"verb":"ping","id":1}')
EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHABLE = 1, 64, 69


def origin_status(port, origin):
    client = Client(port)
    status, _ = client.upgrade({"Origin": origin})
    client.shut()
    return status


def check_reload(tap, kringd):
    with running(kringd, settings='origins = {"https://one.test"}') as relay:
        steady = Client(relay.port)
        steady.open()
        relay.settings = 'origins = {"https://two.test"}'
        relay.write_config()
        relay.send_signal(signal.SIGHUP)
        tap.check("SIGHUP: reloaded", relay.wait_for_log("reloaded "))
        tap.equal("SIGHUP: the new list of origins holds",
                  (origin_status(relay.port, "https://one.test"),
                   origin_status(relay.port, "https://two.test")), (403, 101))

        relay.settings = 'origins = {"https://three.test"}\ndrain_s = -5'
        relay.write_config()
        relay.send_signal(signal.SIGHUP)
        tap.check("SIGHUP with a bad file: refused, with its line",
                  relay.wait_for_log("reload_refused") and "line=" in relay.log(), relay.log())
        tap.equal("SIGHUP with a bad file: the old one stays",
                  (origin_status(relay.port, "https://two.test"),
                   origin_status(relay.port, "https://three.test")), (101, 403))

        relay.settings = 'user = "nobody"\nstore { max_mib = 100 }'
        relay.listen = 'listen "plain" { address = "127.0.0.2" port = 0 tls = false }'
        relay.write_config()
        relay.send_signal(signal.SIGHUP)
        for setting in ("user", "listen", "store.max_mib"):
            tap.check(f"SIGHUP: {setting} needs a restart, and that is said",
                      relay.wait_for_log(f"restart_needed setting={setting}"), relay.log())
        steady.send(PING)
        tap.check("a connection outlives all of it", '"re":1' in steady.message())
        steady.shut()


def open_sessions(relay, num):
    clients = []
    for _ in range(num):
        client = Client(relay.port)
        client.open()
        clients.append(client)
    return clients


def check_drain(tap, kringd):
    with running(kringd) as relay:
        clients = open_sessions(relay, 20)
        relay.send_signal(signal.SIGTERM)
        codes = [client.close_code() for client in clients]
        for client in clients:
            client.send(frame(0x8, b"\x03\xf4"))
            client.shut()
        tap.equal("SIGTERM: each session is closed with 1012", codes, [1012] * 20)
        tap.equal("SIGTERM: exit 0", relay.process.wait(WAIT_S), 0)
        tap.check("SIGTERM: the run file and the socket are gone",
                  not (relay.root / "run" / "run").exists()
                  and not (relay.root / "run" / "control").exists())


def check_spread(tap, kringd):
    """Over ten minutes for two sessions, one of them ends soon and the other stays."""
    with running(kringd, settings="drain_s = 600") as relay:
        clients = open_sessions(relay, 2)
        relay.send_signal(signal.SIGTERM)
        ready, _, _ = select.select([client.socket for client in clients], [], [], WAIT_S)
        ended = [client for client in clients if client.socket in ready]
        stayed = [client for client in clients if client.socket not in ready]
        tap.equal("draining: one of two has ended", [c.close_code() for c in ended], [1012])
        stayed[0].send(PING)
        tap.check("draining: the other is still served", '"re":1' in stayed[0].message())
        try:
            Client(relay.port).shut()
            accepted = True
        except ConnectionError:
            accepted = False
        tap.check("draining: nobody is let in", not accepted)
        relay.send_signal(signal.SIGTERM)
        tap.equal("a second SIGTERM does not wait", relay.process.wait(WAIT_S), 0)
        for client in clients:
            client.shut()


class Control:
    def __init__(self, kringctl, path):
        self.kringctl, self.path = kringctl, path

    def __call__(self, *words, as_json=True):
        run = subprocess.run(
            [self.kringctl, "--socket", self.path] + (["--json"] if as_json else []) +
            list(words), capture_output=True, text=True, timeout=120)
        answer = json.loads(run.stdout) if as_json and run.stdout else run.stdout
        return run.returncode, answer, run.stderr


def check_control(tap, kringd, kringctl):
    with running(kringd) as relay:
        ask = Control(kringctl, relay.control)
        mode = stat.S_IMODE(os.stat(relay.control).st_mode)
        tap.equal("the socket is for its user and group alone", oct(mode), oct(0o660))

        client = Client(relay.port)
        client.open()
        code, status, _ = ask("status")
        tap.equal("status", (code, status["ok"], status["name"], status["sessions"],
                             status["store"]), (0, True, "relay.test", 1, "writable"))
        code, table, _ = ask("status", as_json=False)
        tap.check("status as a table", code == 0 and "sessions" in table and "{" not in table)
        code, statistics, _ = ask("statistics")
        tap.check("statistics", code == 0 and statistics["connections"] == 1, statistics)
        client.shut()

        code, grant, _ = ask("grant", "community", "3")
        tap.check("grant: a code of 16 bytes", code == 0 and len(grant["code"]) == 22, grant)
        stored = b"".join(path.read_bytes() for path in (relay.root / "state").iterdir())
        raw = base64.urlsafe_b64decode(grant["code"] + "==")
        tap.check("grant: the store does not hold the code",
                  stored and raw not in stored and grant["code"].encode() not in stored)
        tap.equal("revoke", ask("revoke", grant["code"])[0], 0)
        account = "A" * 43
        tap.equal("block, unblock", (ask("block", account)[0], ask("unblock", account)[0]), (0, 0))

        for words in (("grant",), ("grant", "castle"), ("grant", "community", "0"),
                      ("grant", "community", "9999"), ("grant", "community", "x"),
                      ("revoke",), ("revoke", "short"), ("block", "short"), ("block", "A" * 42 + "!"),
                      ("backup",), ("backup", "../escape"), ("backup", "/etc/passwd"),
                      ("backup", ".hidden"), ("nonsense",)):
            code, answer, _ = ask(*words)
            tap.equal(f"{' '.join(words)}: a usage error", (code, answer["error"]),
                      (EXIT_USAGE, "usage"))

        code, verified, _ = ask("verify")
        tap.equal("verify: no faults", (code, verified["faults"]), (0, 0))
        code, backup, _ = ask("backup", "first")
        tap.check("backup: the file is there", code == 0 and os.path.exists(backup["file"]))
        tap.equal("backup: not over another", ask("backup", "first")[0], EXIT_REFUSED)
        tap.equal("compact", ask("compact")[0], 0)
        tap.equal("retain", ask("retain")[0], 0)
        tap.equal("reload", ask("reload")[0], 0)
        relay.settings = "drain_s = -1"
        relay.write_config()
        tap.equal("reload of a bad file is refused", ask("reload")[0], EXIT_REFUSED)
        relay.settings = ""
        relay.write_config()
        check_restore(tap, relay, kringd, kringctl, backup["file"])
    tap.equal("no kringd: unreachable", Control(kringctl, "/nonexistent")("status")[0],
              EXIT_UNREACHABLE)
    tap.equal("no command: usage", subprocess.run([kringctl], capture_output=True).returncode,
              EXIT_USAGE)


def incarnation(port):
    client = Client(port)
    hello = json.loads(client.open())
    client.shut()
    return hello["incarnation"]


def restore(relay, kringd, kringctl, backup):
    return subprocess.run([kringctl, "restore", backup, str(relay.config)],
                          env=dict(os.environ, KRINGD=kringd), capture_output=True,
                          timeout=120).returncode


def check_restore(tap, relay, kringd, kringctl, backup):
    before = incarnation(relay.port)
    tap.check("restore is refused while kringd runs",
              restore(relay, kringd, kringctl, backup) != 0)
    tap.equal("it ends well", relay.stop(), 0)
    os.rename(relay.root / "state", relay.root / "lost")
    tap.equal("restore", restore(relay, kringd, kringctl, backup), 0)
    relay.start()
    tap.check("after a restore the incarnation is another", incarnation(relay.port) != before)


def deploy(relay, number):
    """Put release number of the web app in place, as a deployment does: by a symbolic link."""
    release = relay.root / "releases" / str(number)
    release.mkdir(parents=True)
    (release / "index.html").write_text(f"release {number}")
    os.symlink(release, relay.root / "web.new")
    os.rename(relay.root / "web.new", relay.root / "web")


def page(relay):
    client = Client(relay.port)
    client.send(b"GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n")
    _, headers = client.response()
    text = client.body(headers).decode()
    client.shut()
    return text


def check_sandbox(tap, kringd, kringctl):
    with Relay(kringd, sandbox=True) as relay:
        relay.settings = f'user = "nobody"\nweb {{ root = "{relay.root}/web" }}'
        relay.write_config()
        deploy(relay, 1)
        if os.geteuid() != 0:
            tap.skip("privileges are given up", "not root")
            return
        os.chmod(relay.root, 0o755)
        os.chmod(relay.config, 0o644)
        relay.start({"ASAN_OPTIONS": "detect_leaks=0"})
        status = open(f"/proc/{relay.process.pid}/status").read()
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        tap.check("not root any more", "0" not in fields["Uid"].split(), fields["Uid"])
        tap.equal("no capabilities", fields["CapEff"].strip().lstrip("0"), "")
        tap.equal("no new privileges", fields["NoNewPrivs"].strip(), "1")
        tap.equal("a filter on system calls", fields["Seccomp"].strip(), "2")
        tap.check("Landlock is on, or the kernel has it not",
                  "part=landlock outcome=on" in relay.log()
                  or "part=landlock outcome=unsupported" in relay.log(), relay.log())
        client = Client(relay.port)
        tap.check("it serves", "hello" in client.open())
        client.shut()
        ask = Control(kringctl, relay.control)
        for words in (("grant", "community"), ("backup", "b"), ("compact",), ("verify",)):
            tap.equal(f"{words[0]} works in the sandbox", ask(*words)[0], 0)
        tap.equal("it serves files", page(relay), "release 1")
        deploy(relay, 2)
        relay.send_signal(signal.SIGHUP)
        tap.check("it reloads", relay.wait_for_log("reloaded "), relay.log())
        tap.equal("a link that leads elsewhere is followed", page(relay), "release 2")
        tap.equal("it ends well", relay.stop(), 0)


def check_streams(tap, kringd):
    """Without standard streams the journal is lost, and not written into the store."""
    with Relay(kringd) as relay:
        relay.binary = relay.root / "closed"
        relay.binary.write_text(f"#!/bin/sh\nexec '{os.path.abspath(kringd)}' \"$@\" <&- >&- 2>&-\n")
        relay.binary.chmod(0o700)
        relay.start()
        client = Client(relay.port)
        tap.check("no standard streams: it serves", "hello" in client.open())
        client.shut()
        tap.equal("no standard streams: it ends well", relay.stop(), 0)


def check_two_relays(tap, kringd):
    with running(kringd) as relay:
        second = subprocess.run([kringd, "--config", str(relay.config)], capture_output=True,
                                text=True, timeout=WAIT_S)
        tap.check("two relays on one store are refused",
                  second.returncode != 0 and "store_locked" in second.stderr, second.stderr)
        client = Client(relay.port)
        tap.check("the first goes on", "hello" in client.open())
        client.shut()


def main(kringd, kringctl):
    os.umask(0o022)  # the user that kringd becomes reads the web app
    tap = Tap()
    check_reload(tap, kringd)
    check_drain(tap, kringd)
    check_spread(tap, kringd)
    check_control(tap, kringd, kringctl)
    check_sandbox(tap, kringd, kringctl)
    check_streams(tap, kringd)
    check_two_relays(tap, kringd)
    tap.finish()


main(*sys.argv[1:])
