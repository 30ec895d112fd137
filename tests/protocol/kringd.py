"""Starts kringd for a test, on ports that the kernel picks, and ends it by its own pid.

A Relay has a directory of its own with configuration, store and runtime files; all of it goes
when the test ends. A Tap prints results as tests/lib/tap.py reads them.
"""
import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WAIT_S = 120

NO_QUOTA = "\n".join(
    f'quota "{level}" {{ light = {{0, 0}} read = {{0, 0}} post = {{0, 0}} '
    "state = {0, 0} keys = {0, 0} auth = {0, 0} case = {0, 0} }"
    for level in ("connection", "account", "address"))


class Tap:
    """Results of one test program."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def check(self, name, passed, detail=""):
        self.number += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.number} - {name}", flush=True)
        if detail and not passed:
            for line in str(detail).splitlines():
                print(f"# {line}", flush=True)
        return passed

    def equal(self, name, got, expected):
        return self.check(name, got == expected, f"got {got!r}, expected {expected!r}")

    def skip(self, name, why):
        self.number += 1
        print(f"ok {self.number} - {name} # SKIP {why}", flush=True)

    def finish(self):
        print(f"1..{self.number}", flush=True)
        sys.exit(1 if self.failed else 0)


class Relay:
    """One kringd. settings go into its configuration after the defaults of a test."""

    def __init__(self, binary, settings="", listen=None, sandbox=False, limits=None):
        self.binary = binary
        self.root = Path(tempfile.mkdtemp(prefix="kring-test-"))
        self.settings = settings
        self.listen = listen or 'listen "plain" { address = "127.0.0.1" port = 0 tls = false }'
        self.sandbox = sandbox
        self.limits = limits or "connections_per_address = 1000"
        self.process = None
        self.ports = {}
        self.config = self.root / "kringd.conf"
        self.journal = self.root / "journal"
        self.write_config()

    def write_config(self):
        self.config.write_text(f"""
name = "relay.test"
state_dir = "{self.root}/state"
backup_dir = "{self.root}/backup"
runtime_dir = "{self.root}/run"
drain_s = 1
sandbox = {'true' if self.sandbox else 'false'}
{self.listen}
limits {{ {self.limits} }}
{self.settings}
""")

    def start(self, environment=None, wait=True):
        self.out = open(self.journal, "ab")
        self.process = subprocess.Popen(
            [self.binary, "--config", str(self.config)], stderr=self.out, stdout=self.out,
            env=dict(os.environ, **(environment or {})))
        if wait:
            self.wait_until_up()
        return self

    def wait_until_up(self):
        run_file = self.root / "run" / "run"
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("kringd ended: " + self.log())
            if run_file.exists():
                values = dict(line.split("=") for line in run_file.read_text().splitlines())
                if int(values["pid"]) == self.process.pid:
                    self.ports = {name: int(value) for name, value in values.items()}
                    return
            time.sleep(0.02)
        raise RuntimeError("kringd did not start: " + self.log())

    @property
    def port(self):
        return self.ports["port_0"]

    @property
    def control(self):
        return str(self.root / "run" / "control")

    def metrics(self):
        """The page of figures; no proxy of the environment is asked."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.ports["port_metrics"], timeout=WAIT_S)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read()
        connection.close()
        return page

    def log(self):
        return self.journal.read_text(errors="replace")

    def wait_for_log(self, text, seconds=WAIT_S):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if text in self.log():
                return True
            time.sleep(0.02)
        return False

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """The exit code; None if it had to be killed."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        finally:
            self.out.close()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def running(binary, **options):
    with Relay(binary, **options) as relay:
        yield relay.start()
