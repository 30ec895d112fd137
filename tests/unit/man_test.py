#!/usr/bin/env python3
"""The man pages know every option, command and flag that the programs know, and no other."""
import re
import sys
from pathlib import Path


def names(text, pattern):
    return set(re.findall(pattern, text, re.M))


def main(root):
    server = Path(root) / "server"
    options = names((server / "config_options.c").read_text(),
                    r'CFG_(?:STR|INT|BOOL|STR_LIST|INT_LIST)\("(\w+)"')
    sections = names((server / "config_options.c").read_text(), r'CFG_SEC\("(\w+)"')
    page = (server / "man" / "kringd.conf.5").read_text()
    documented = {word for line in re.findall(r"^\.It Va (.*)$", page, re.M)
                  for word in re.findall(r"\w+", line)}
    classes = {"light", "read", "post", "state", "keys", "auth", "case"}
    commands = names((server / "operator.c").read_text(), r'{"(\w+)", run_\w+}') | {"restore"}
    page_ctl = (server / "man" / "kringctl.8").read_text()
    documented_commands = set(re.findall(r"^\.It Cm (\w+)", page_ctl, re.M))
    flags = names((server / "main.c").read_text(), r'{"([\w-]+)", \w+_argument') - {"help"}
    page_d = (server / "man" / "kringd.8").read_text()

    load = Path(root) / "clients" / "load"
    load_flags = names((load / "options.c").read_text(),
                       r'{"([\w-]+)", \w+_argument') - {"help"}
    page_load = (load / "kring-load.1").read_text()

    cli = Path(root) / "clients" / "cli"
    table = "".join(p.read_text() for p in sorted(cli.glob("commands_*.c")))
    kring_commands = names(table, r'\.name = "([^"]+)"')
    kring_flags = names(table, r'{"([\w-]+)",\s*(?:NULL|N_\("[A-Z]+"\))') | names(
        (cli / "arguments.c").read_text(), r'^\t{"([\w-]+)", (?:0|\'\w\')')
    kring_codes = names((cli / "cli.h").read_text(), r"CLI_\w+ = (\d)")
    page_kring = (cli / "kring.1").read_text()

    results = [
        ("there is something to compare", len(options) > 30 and len(commands) > 8),
        ("kringd.conf.5: options", documented == options - classes),
        ("kringd.conf.5: classes of quota", all(f" {c}" in page for c in classes)),
        ("kringd.conf.5: sections", set(re.findall(r"^\.Ss (\w+)", page, re.M)) == sections),
        ("kringctl.8: commands", documented_commands == commands),
        ("kringd.8: flags", set(re.findall(r"^\.It Fl -([\w-]+)", page_d, re.M)) == flags),
        ("kring-load.1: flags", set(re.findall(r"Fl -([\w-]+)", page_load)) == load_flags),
        ("kring.1: commands", kring_commands and
         set(re.findall(r"^\.It Cm ([a-z0-9-]+(?: [a-z-]+)?)", page_kring, re.M)) == kring_commands),
        ("kring.1: flags", len(kring_flags) > 20 and
         set(re.findall(r"^\.It .*Fl -([\w-]+)", page_kring, re.M)) == kring_flags),
        ("kring.1: exit codes", set(re.findall(r"^\.It (\d)$", page_kring, re.M)) == kring_codes),
    ]
    print(f"1..{len(results)}")
    for number, (name, passed) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - {name}")
    if documented != options - classes:
        print(f"# only in one of them: {documented ^ (options - classes)}")
    if documented_commands != commands:
        print(f"# only in one of them: {documented_commands ^ commands}")
    return 0 if all(passed for _, passed in results) else 1


sys.exit(main(sys.argv[1]))
