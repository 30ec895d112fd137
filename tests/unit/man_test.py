#!/usr/bin/env python3
"""The man pages know every option, command and flag that the programs know, and no other."""
import re
import sys
from pathlib import Path


def names(text, pattern):
    return set(re.findall(pattern, text))


def main(root):
    server = Path(root) / "server"
    options = names((server / "config_options.c").read_text(),
                    r'CFG_(?:STR|INT|BOOL|STR_LIST|INT_LIST)\("(\w+)"')
    sections = names((server / "config_options.c").read_text(), r'CFG_SEC\("(\w+)"')
    page = (server / "man" / "kringd.conf.5").read_text()
    documented = {word for line in re.findall(r"^\.It Va (.*)$", page, re.M)
                  for word in re.findall(r"\w+", line)}
    classes = {"light", "read", "post", "state", "keys", "auth"}
    commands = names((server / "operator.c").read_text(), r'{"(\w+)", run_\w+}') | {"restore"}
    page_ctl = (server / "man" / "kringctl.8").read_text()
    documented_commands = set(re.findall(r"^\.It Cm (\w+)", page_ctl, re.M))
    flags = names((server / "main.c").read_text(), r'{"([\w-]+)", \w+_argument') - {"help"}
    page_d = (server / "man" / "kringd.8").read_text()

    load = Path(root) / "clients" / "load"
    load_flags = names((load / "options.c").read_text(),
                       r'{"([\w-]+)", \w+_argument') - {"help"}
    page_load = (load / "kring-load.1").read_text()

    results = [
        ("there is something to compare", len(options) > 30 and len(commands) > 8),
        ("kringd.conf.5: options", documented == options - classes),
        ("kringd.conf.5: classes of quota", all(f" {c}" in page for c in classes)),
        ("kringd.conf.5: sections", set(re.findall(r"^\.Ss (\w+)", page, re.M)) == sections),
        ("kringctl.8: commands", documented_commands == commands),
        ("kringd.8: flags", set(re.findall(r"^\.It Fl -([\w-]+)", page_d, re.M)) == flags),
        ("kring-load.1: flags", set(re.findall(r"Fl -([\w-]+)", page_load)) == load_flags),
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
