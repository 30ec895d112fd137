#!/usr/bin/env python3
"""Where a passphrase may come from: a terminal, a descriptor, a file.

passphrase_test.py PEER SOURCE_ROOT
"""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[2]) / "tests/protocol"))
from kringd import Tap  # noqa: E402

PEER = sys.argv[1]
MAX = 1024
WAIT_S = 120


class Terminal:
    """The peer on a terminal of its own, its standard input and output elsewhere."""

    def __init__(self, *arguments):
        read_end, write_end = os.pipe()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.dup2(write_end, 1)
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT): # ignored in the background
                signal.signal(number, signal.SIG_DFL)
            os.execv(PEER, [PEER, *arguments])
        os.close(write_end)
        self.output = os.fdopen(read_end)
        self.shown = b""

    def wait_for(self, text):
        deadline = time.monotonic() + WAIT_S
        while text not in self.shown and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 1000)
                except OSError:
                    return False
        return text in self.shown

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        """What the peer printed, and how it ended."""
        said = self.output.read().strip()
        _, status = os.waitpid(self.pid, 0)
        self.output.close()
        return said, os.waitstatus_to_exitcode(status)


def check_terminal(tap):
    terminal = Terminal("ask")
    tap.check("it asks on the terminal", terminal.wait_for(b"Passphrase: "))
    tap.check("the echo is off", not terminal.echoes())
    terminal.type(b"open sesame\n")
    tap.equal("what was typed", terminal.end(), ("ok [open sesame]", 0))
    terminal.wait_for(b"\n")
    tap.check("is not shown", b"sesame" not in terminal.shown, terminal.shown)
    tap.check("the echo is back", terminal.echoes())
    for name, typed, expected in [
            ("nothing typed", b"\n", "text []"),
            ("the end of the terminal", b"\x04", "state []"),
            ("the end within a line", b"half\x04\x04", "state []"),
            ("the longest", b"x" * MAX + b"\n", f"ok [{'x' * MAX}]"),
            ("too long", b"x" * (MAX + 1) + b"\n", "too_large []")]:
        terminal = Terminal("ask")
        terminal.wait_for(b"Passphrase: ")
        terminal.type(typed)
        tap.equal(name, terminal.end(), (expected, 0))
        tap.check(f"{name}: the echo is back", terminal.echoes())


def check_twice(tap):
    for name, again, expected in [("the same twice", b"one\n", "ok [one]"),
                                  ("another", b"two\n", "passphrase []"),
                                  ("a longer one", b"one1\n", "passphrase []"),
                                  ("none", b"\n", "text []")]:
        terminal = Terminal("new")
        terminal.wait_for(b"New: ")
        terminal.type(b"one\n")
        terminal.wait_for(b"Again: ")
        terminal.type(again)
        tap.equal(f"a new passphrase, {name}", terminal.end(), (expected, 0))


def check_signals(tap):
    for name, number, key in [("Ctrl-C", signal.SIGINT, b"\x03"), ("Ctrl-\\", signal.SIGQUIT, b"\x1c"),
                              ("SIGTERM", signal.SIGTERM, None), ("SIGHUP", signal.SIGHUP, None)]:
        terminal = Terminal("ask")
        terminal.wait_for(b"Passphrase: ")
        terminal.type(b"hal")
        if key:
            terminal.type(key)
        else:
            os.kill(terminal.pid, number)
        tap.equal(f"{name} ends it", terminal.end(), ("", -number))
        tap.check(f"{name}: the echo is back", terminal.echoes())
    terminal = Terminal("ask")
    terminal.wait_for(b"Passphrase: ")
    terminal.shown = b""
    terminal.type(b"\x1a") # which stops nobody here: no shell would wake the peer again
    tap.check("it asks again after Ctrl-Z", terminal.wait_for(b"Passphrase: "))
    tap.check("asked again, the echo is off", not terminal.echoes())
    terminal.type(b"later\n")
    tap.equal("and reads", terminal.end(), ("ok [later]", 0))


def run(arguments, **options):
    return subprocess.run([PEER, *arguments], stdout=subprocess.PIPE, timeout=WAIT_S,
                          **options).stdout.decode().strip()


LINES = [(b"abc\n", "ok [abc]"), (b"abc", "ok [abc]"), (b"abc\r\n", "ok [abc]"),
         (b" a b \n", "ok [ a b ]"), (b"", "text []"), (b"\n", "text []"), (b"\r\n", "text []"),
         (b"a\0b\n", "text []"), (b"x" * MAX + b"\r\n", f"ok [{'x' * MAX}]"),
         (b"x" * (MAX + 1) + b"\n", "too_large []"), (b"x" * 100000, "too_large []")]


def check_descriptor(tap):
    for data, expected in LINES:
        got = run(["fd", "0"], input=data)
        tap.check(f"{data[:12]!r} from a descriptor", got.startswith(expected), got)
    tap.equal("what follows the line is left", run(["fd", "0"], input=b"abc\nrest"), "ok [abc]rest")
    tap.equal("no such descriptor", run(["fd", "77"]), "state []")
    tap.equal("without a terminal", run(["ask"], start_new_session=True, stdin=subprocess.DEVNULL),
              "not_found []")


def check_file(tap):
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "passphrase"
        for data, expected in LINES:
            path.write_bytes(data)
            path.chmod(0o600)
            tap.equal(f"{data[:12]!r} from a file", run(["file", str(path)]), expected)
        path.write_bytes(b"abc\n")
        for mode in (0o640, 0o604, 0o620, 0o602, 0o610, 0o601):
            path.chmod(mode)
            tap.equal(f"mode {mode:o}", run(["file", str(path)]), "file_mode []")
        path.chmod(0o400)
        tap.equal("mode 400", run(["file", str(path)]), "ok [abc]")
        tap.equal("no such file", run(["file", scratch + "/none"]), "not_found []")
        tap.equal("a directory", run(["file", scratch]), "file_mode []")
        os.mkfifo(scratch + "/pipe", 0o600)
        tap.equal("a pipe", run(["file", scratch + "/pipe"]), "file_mode []")


signal.alarm(10 * WAIT_S) # a peer that hangs fails the test
tap_ = Tap()
check_terminal(tap_)
check_twice(tap_)
check_signals(tap_)
check_descriptor(tap_)
check_file(tap_)
tap_.finish()
