#!/usr/bin/env python3
"""Completion, help and translations follow from the table of commands, and miss nothing.

shell_test.py PROGRAM TRANSLATIONS SOURCE_ROOT
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protocol"))
from kringd import Tap  # noqa: E402


def kring(program, *arguments, language="C.UTF-8", translations="/nonexistent"):
    return subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, env={"PATH": os.environ["PATH"], "LC_ALL": language,
                         "TEXTDOMAINDIR": translations, "HOME": "/nonexistent"})


def commands_of(program):
    return re.findall(r"^  (\w[\w-]*(?: [\w-]+)?)  +\w", kring(program, "help").stdout, re.M)


def complete(script, *words):
    """What bash offers for the last of words."""
    line = " ".join(f"'{w}'" for w in words)
    ran = subprocess.run(
        ["bash", "--norc", "-c", f"source {script}; COMP_WORDS=({line}); "
         f"COMP_CWORD={len(words) - 1}; _kring; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        capture_output=True, text=True, timeout=120)
    return set(ran.stdout.split())


def check_completion(tap, program, commands):
    with tempfile.TemporaryDirectory() as directory:
        for shell in ("bash", "zsh"):
            script = Path(directory) / shell
            script.write_text(kring(program, "completion", shell).stdout)
            text = script.read_text()
            if shutil.which(shell):
                tap.equal(f"{shell} -n", subprocess.run([shell, "-n", script]).returncode, 0)
            else:
                tap.skip(f"{shell} -n", f"{shell} is not installed")
            missing = [c for c in commands if not all(
                re.search(rf'[" ]{word}[" ]', text) for word in c.split())]
            tap.equal(f"{shell}: every command", missing, [])
        script = Path(directory) / "bash"
        first = {c.split()[0] for c in commands}
        tap.equal("bash: first words", complete(script, "kring", ""), first)
        tap.equal("bash: a beginning", complete(script, "kring", "inv"),
                  {"invite", "invitations"})
        tap.equal("bash: second words", complete(script, "kring", "circle", ""),
                  {c.split()[1] for c in commands if c.startswith("circle ")})
        tap.equal("bash: of rules", complete(script, "kring", "rules", "s"), {"set"})
        tap.check("bash: options of a command, and of all", {"--uses", "--valid", "--json"} <=
                  complete(script, "kring", "invite", "--"))
        tap.check("bash: options of a command of two words",
                  "--off" in complete(script, "kring", "circle", "admin", "--o"))
        tap.equal("bash: an option between", complete(script, "kring", "--json", "circle", "re"),
                  {"remove", "rename"})
    tap.equal("another shell is refused", kring(program, "completion", "fish").returncode, 2)


def check_help(tap, program, commands):
    bad = []
    for command in commands:
        ran = kring(program, *command.split(), "--help")
        same = kring(program, "help", *command.split())
        if ran.returncode or ran.stdout != same.stdout or f"  kring {command}" not in ran.stdout \
                or not ran.stdout.startswith("Danger now? Call 112."):
            bad.append(command)
    tap.equal("each command has help with an example", bad, [])
    tap.check("there are commands", len(commands) > 50 and "case share-identity" in commands,
              commands)
    tap.equal("help of what is none", kring(program, "help", "nonsense").returncode, 2)
    tap.check("the list begins with 112",
              kring(program, "--help").stdout.startswith("Danger now? Call 112."))
    tap.check("version", re.match(r"kring \d+\.\d+", kring(program, "--version").stdout))


def check_translations(tap, program, translations, root):
    source = Path(root) / "clients" / "cli"
    po = source / "po" / "nl.po"
    listed = (source / "po" / "POTFILES").read_text().split()
    files = sorted(str(p.relative_to(root)) for p in source.glob("*.c") if p.name != "kringctl.c")
    tap.equal("POTFILES names every file", listed, files)
    with tempfile.TemporaryDirectory() as directory:
        template = Path(directory) / "kring.pot"
        subprocess.run(
            ["xgettext", "--from-code=UTF-8", "-k_", "-kN_", "-kngettext:1,2", "--no-location",
             "-o", template, *listed], cwd=root, check=True, capture_output=True)
        ran = subprocess.run(["msgcmp", po, template], capture_output=True, text=True)
        tap.check("every text has a translation", ran.returncode == 0, ran.stderr)
        ran = subprocess.run(["msgfmt", "-c", "-o", os.devnull, po], capture_output=True, text=True)
        tap.check("the formats are the same", ran.returncode == 0, ran.stderr)
        ran = subprocess.run(["msgattrib", "--only-obsolete", po], capture_output=True, text=True)
        tap.equal("nothing obsolete is left", ran.stdout, "")
        # Both tools have to be able to fail.
        text = po.read_text()
        broken = Path(directory) / "broken.po"
        broken.write_text(text.replace('msgstr "de optie %s bestaat niet"', 'msgstr "%d"'))
        ran = subprocess.run(["msgfmt", "-c", "-o", os.devnull, broken], capture_output=True)
        tap.check("another format is found out", ran.returncode != 0)
        broken.write_text(text.replace('msgstr "Verwijderd."', 'msgstr ""'))
        ran = subprocess.run(["msgcmp", broken, template], capture_output=True)
        tap.check("a text without translation is found out", ran.returncode != 0)
    dutch = kring(program, "help", language="nl_NL.UTF-8", translations=translations).stdout
    tap.check("the program speaks Dutch", dutch.startswith("Nu gevaar? Bel 112."), dutch)


def main():
    program, translations, root = sys.argv[1:4]
    tap = Tap()
    commands = commands_of(program)
    check_completion(tap, program, commands)
    check_help(tap, program, commands)
    check_translations(tap, program, translations, root)
    tap.finish()


main()
