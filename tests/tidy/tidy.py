#!/usr/bin/env python3
"""Checks what the compiler does not: include directions, bans, sizes, names, chapters. See README.md.

usage: tidy.py ROOT         one line for each breach, exit status 1 if there is any
       tidy.py --self-test  each rule must find a breach that is planted for it
"""

import os
import re
import sys

TOP_LEVEL = {"LICENSE", "README.md", "checkers", "meson.build", "meson_options.txt", "seeds", "sim", "tests", "tools",
             "workloads"}

# What the files of a folder may include, beside their own folder's. The longest matching name counts.
SIM = ["sim/base", "sim/history", "sim/net", "sim/host", "sim/services", "sim"]
MAY_INCLUDE = {
    "checkers": ["sim/base", "sim/history"],
    "sim": ["sim/base", "sim/history", "sim/net", "sim/host", "sim/services"],
    "sim/base": [],
    "sim/history": ["sim/base"],
    "sim/host": ["sim/base", "sim/history", "sim/node.h"],
    "sim/net": ["sim/base", "sim/history"],
    "sim/services": ["sim/base", "sim/history", "sim/node.h"],
    "tools": SIM + ["workloads", "checkers", "tools/run", "tools/plot", "tools/serve"],
    "tools/plot": SIM + ["checkers", "tools/run"],
    "tools/run": SIM + ["workloads", "checkers"],
    "tools/serve": SIM + ["checkers", "tools/run", "tools/plot"],
    "workloads": SIM,
}

# (what, where it is banned, where it is not, why)
BANS = [
    (r"#include <random>|std::(\w+_distribution|mt19937\w*|minstd_rand0?|default_random_engine|random_device)\b",
     "checkers sim tools workloads", "", "differs between standard libraries: use Draw (sim/base/rng.h)"),
    (r"std::(shuffle|sample|random_shuffle)\b|(?<![\w:.])s?rand\(", "checkers sim tools workloads", "",
     "differs between standard libraries: use Shuffle (sim/base/rng.h)"),
    (r"#include <chrono>|std::chrono|\b(clock_gettime|gettimeofday)\(|(?<![\w:.>])(std::)?time\((nullptr|NULL|0|&)",
     "checkers sim workloads", "sim/host", "wall time must not reach a record"),
    (r"std::hash<", "checkers sim workloads", "", "differs between standard libraries: use Hash64 (sim/base/digest.h)"),
    (r"\b(TODO|FIXME|XXX)\b", "checkers seeds sim tests tools workloads", "tests/tidy tools/store.cc",
     "finish it or leave it out"),
]

MAX_LINES = 600
MAX_COLUMNS = 120
BAD_NAMES = re.compile(r"(^|[_-])(utils?|helpers?|managers?|commons?|misc)([_.-]|$)")
HASH_TABLE = re.compile(r"\b(?:flat_hash_(?:map|set)|unordered_(?:map|set|multimap|multiset))<")
SOURCES = (".cc", ".h")


def files_of(root):
    """All files that are part of the tree, relative to root."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build")) and f not in ("store", "__pycache__"))
        for name in sorted(names):
            if not name.startswith("."):
                yield os.path.relpath(os.path.join(folder, name), root)


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


def room_of(path):
    """The folder of MAY_INCLUDE that a file is in, or None."""
    rooms = [room for room in MAY_INCLUDE if within(path, room)]
    return max(rooms, key=len) if rooms else None


def check_includes(path, lines, exists):
    room = room_of(path)
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#include "([^"]+)"', line)
        if not found:
            continue
        target = found.group(1)
        if target.startswith("absl/"):
            continue
        if not exists(target) and not path.startswith("tests/"):
            yield f"{path}:{number}: \"{target}\": name a header by its path from the root"
            continue
        if room is None or room_of(target) == room:
            continue
        allowed = [entry for entry in MAY_INCLUDE[room] if entry == target or room_of(target) == entry]
        if not allowed:
            yield f"{path}:{number}: {room} may not include {target}: see the arrows in sim/README.md"


def check_bans(path, lines):
    for pattern, where, but, why in BANS:
        if not any(within(path, folder) for folder in where.split()):
            continue
        if any(within(path, folder) for folder in but.split()):
            continue
        for number, line in enumerate(lines, 1):
            code = line if "TODO" in pattern else line.split("//")[0]
            found = re.search(pattern, code)
            if found:
                yield f"{path}:{number}: {found.group(0).strip()}: {why}"


def hash_tables(lines):
    """Names that are declared as hash tables, as far as a regular expression can tell."""
    text = re.sub(r"//[^\n]*", "", "\n".join(lines))
    for found in HASH_TABLE.finditer(text):
        depth, at = 1, found.end()
        while at < len(text) and depth > 0:
            depth += {"<": 1, ">": -1}.get(text[at], 0)
            at += 1
        name = re.match(r"[&\s]*(\w+)\s*[;{=,)]", text[at:])
        if name:
            yield name.group(1)


def check_hash_order(path, lines, header_lines):
    names = set(hash_tables(lines)) | set(hash_tables(header_lines))
    for number, line in enumerate(lines, 1):
        loop = re.search(r"for \(.*[^:]:\s*(?:\w+(?:\.|->))*(\w+)\)", line.split("//")[0])
        begin = re.search(r"\b(\w+)(?:\.|->)c?begin\(\)", line.split("//")[0])
        for found in (loop, begin):
            if not found or found.group(1) not in names:
                continue
            near = lines[max(0, number - 3):number]
            if not any("any order:" in each for each in near):
                yield f"{path}:{number}: {found.group(1)} is a hash table: its order must not escape"


def check_shape(path, lines):
    if BAD_NAMES.search(os.path.basename(path)):
        yield f"{path}: the name says nothing: name the thing"
    if not path.endswith(SOURCES + (".py",)):
        return
    if len(lines) > MAX_LINES and "Longer than 600 lines:" not in "\n".join(lines[:40]):
        yield f"{path}: {len(lines)} lines, more than {MAX_LINES}, and does not say why"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and path.endswith(SOURCES):
            yield f"{path}:{number}: {len(line)} columns, more than {MAX_COLUMNS}"


def check_chapters(paths):
    folders = {os.path.dirname(path) for path in paths if path.endswith(SOURCES)}
    for folder in sorted(folders):
        parts = folder.split("/")
        # A test folder's chapter may be that of the folder above: tests/base is told in tests/README.md.
        above = {"/".join(parts[:n]) for n in range(len(parts), 1 if parts[0] != "tests" else 0, -1)}
        choices = above if parts[0] == "tests" else {folder}
        if not any(f"{choice}/README.md" in paths for choice in choices):
            yield f"{folder}: has no README.md, the folder's chapter"


def check_top_level(paths):
    names = {path.split("/")[0] for path in paths}
    for name in sorted(names - TOP_LEVEL):
        yield f"{name}: not a name of the top level"
    for name in sorted(TOP_LEVEL - names):
        yield f"{name}: missing from the top level"


def tidy(paths, read):
    """All breaches of the tree whose files are `paths`; `read` gives one's lines."""
    paths = list(paths)
    known = set(paths)
    yield from check_top_level(known)
    yield from check_chapters(known)
    for path in paths:
        if not path.endswith(SOURCES + (".py", ".build", ".sh")):
            yield from check_shape(path, [])
            continue
        lines = read(path)
        yield from check_shape(path, lines)
        yield from check_bans(path, lines)
        if path.endswith(SOURCES):
            yield from check_includes(path, lines, known.__contains__)
            header = path[:-3] + ".h" if path.endswith(".cc") else ""
            yield from check_hash_order(path, lines, read(header) if header in known else [])


def self_test():
    planted = {
        "sim/base/a.cc": ['#include "sim/history/op.h"'],
        "sim/host/b.cc": ['#include "sim/simulation.h"'],
        "sim/net/c.cc": ["std::uniform_int_distribution<int> d(0, 9);"],
        "sim/net/d.cc": ["std::shuffle(a, b, c);"],
        "sim/net/e.cc": ["const auto now = std::chrono::steady_clock::now();"],
        "sim/net/f.cc": ["absl::flat_hash_map<int, std::vector<int>> seen;", "for (const auto& [k, v] : seen) {"],
        "sim/net/g.cc": ["// TODO: later"],
        "sim/net/h.cc": ["x" * 121],
        "sim/net/i.cc": ["x"] * 601,
        "sim/net/string_util.h": ["x"],
        "checkers/j.cc": ['#include "sim/simulation.h"'],
        "workloads/k.cc": ['#include "checkers/verdict.h"'],
        "workloads/l.cc": ['#include "workload.h"'],
        "docs/m.md": [],
    }
    fine = {
        "sim/host/n.cc": ['#include "sim/node.h"', "std::chrono::steady_clock::now();"],
        "sim/net/o.cc": ["absl::flat_hash_map<int, int> seen;", "// any order: summed", "for (auto& [k, v] : seen) {"],
        "tools/run/p.cc": ['#include "checkers/verdict.h"', '#include "workloads/workload.h"'],
        "sim/history/op.h": [], "sim/simulation.h": [], "sim/node.h": [], "checkers/verdict.h": [],
        "workloads/workload.h": [],
    }
    files = {**planted, **fine}
    files.update({f"{os.path.dirname(path)}/README.md": [] for path in files if path.endswith(SOURCES)})
    breaches = list(tidy(sorted(files), files.__getitem__))
    missed = [path for path in planted
              if not any(b.startswith((path, path.split("/")[0] + ": not a name")) for b in breaches)]
    wrong = [b for b in breaches if any(b.startswith(path) for path in fine)]
    unchaptered = {path: [] for path in ("sim/base/a.cc", "tests/base/a.cc", "tests/README.md")}
    if not any(b.startswith("sim/base: has no README.md") for b in tidy(unchaptered, unchaptered.__getitem__)):
        missed.append("a missing chapter")
    for each in missed:
        print(f"tidy --self-test: not found: {each}")
    for each in wrong:
        print(f"tidy --self-test: found wrongly: {each}")
    return 1 if missed or wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 254
    root = sys.argv[1]

    def read(path):
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    breaches = list(tidy(files_of(root), read))
    for breach in breaches:
        print(breach)
    print(f"tidy: {len(breaches)} breaches")
    return 1 if breaches or self_test() else 0


if __name__ == "__main__":
    sys.exit(main())
