#!/usr/bin/env python3
"""Whole runs of build/gyre: exit status and everything it prints, against tests/golden/runs.

usage: whole_runs.py GYRE SOURCE BUILD [NAME...]    (GYRE_UPDATE_GOLDEN=1 writes the texts anew)

What differs from machine to machine is replaced before comparing: paths, wall time, digests, names in the store, and
virtual times, which hang on how often a node's language reads the clock.
"""

import os
import re
import subprocess
import sys
import tempfile

ECHO = ["test", "-w", "echo", "--node-count", "2", "--time-limit", "2", "--rate", "5", "--seed", "1", "--bin"]
FLOOD = ["test", "-w", "broadcast", "--time-limit", "5", "--rate", "20", "--latency", "10", "--seed", "1", "--bin"]

# Name, exit status, words of the command. SOURCE/ and BUILD/ stand for tests/nodes there.
RUNS = [
    ("broadcast", 0, FLOOD + ["BUILD/cpp-broadcast", "--doublecheck"]),
    ("broadcast-no-gossip", 1, FLOOD + ["BUILD/cpp-broadcast-no-gossip"]),
    ("echo", 0, ECHO + ["BUILD/cpp-echo"]),
    ("exits-at-once", 1, ECHO + ["SOURCE/bad/exits-at-once.sh"]),
    ("flood-stdout", 1, ECHO + ["BUILD/bad-flood-stdout"]),
    ("fork-bomb", 0, ECHO + ["BUILD/bad-fork-bomb"]),
    ("half-line", 1, ECHO + ["SOURCE/bad/half-line.py"]),
    ("init-error", 1, ECHO + ["SOURCE/bad/init-error.py"]),
    ("killed", 1, ECHO + ["SOURCE/bad/killed.py"]),
    ("never-answers-init", 1, ECHO + ["SOURCE/bad/never-answers-init.sh"]),
    ("not-json-envelope", 1, ECHO + ["SOURCE/bad/not-json-envelope.py"]),
    ("prints-text", 1, ECHO + ["SOURCE/bad/prints-text.py"]),
    ("slow-init", 1, ECHO + ["SOURCE/bad/slow-init.py"]),
    ("spins", 2, ECHO + ["BUILD/bad-spins", "--step-wall-limit", "2"]),
    ("store-full", 0, ECHO + ["BUILD/cpp-echo", "--store", "/dev/full/store"]),
    ("unknown-dest", 1, ECHO + ["SOURCE/bad/unknown-dest.py"]),
    ("wrong-echo", 1, ECHO + ["SOURCE/bad/wrong-echo.py"]),
    ("wrong-type-reply", 1, ECHO + ["SOURCE/bad/wrong-type-reply.py"]),
]


def normalized(text, places):
    for path, name in places:
        text = text.replace(path, name)
    text = re.sub(r"\d{8}T\d{6}-(\d+)-\w{6}", r"TIME-\1-SUFFIX", text)
    text = re.sub(r"\b\d+\.(?!000s)\d+s\b", "Ts", text)
    text = re.sub(r"\d+\.\d+ s virtual", "T s virtual", text)
    text = re.sub(r"in \d+\.\d+ s, \d+\.\d+x real time", "in WALL s, FASTERx real time", text)
    text = re.sub(r"digest [0-9a-f]{32}", "digest DIGEST", text)
    return text


def run(gyre, words, places):
    words = [re.sub("^(SOURCE|BUILD)/", lambda m: {name: path for path, name in places}[m.group(1)] + "/", word)
             for word in words]
    with tempfile.TemporaryDirectory(prefix="gyre-runs-") as scratch:
        done = subprocess.run([gyre] + words, cwd=scratch, capture_output=True, text=True, errors="replace",
                              timeout=120, check=False)
    text = done.stdout + ("[stderr]\n" + done.stderr if done.stderr else "")
    return done.returncode, normalized(text, places + [(scratch, "SCRATCH")]) + f"[status {done.returncode}]\n"


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 254
    gyre, source, build = (os.path.abspath(path) for path in sys.argv[1:4])
    places = [(f"{source}/tests/nodes", "SOURCE"), (f"{build}/tests/nodes", "BUILD")]
    failures = 0
    for name, status, words in RUNS:
        if sys.argv[4:] and name not in sys.argv[4:]:
            continue
        got_status, text = run(gyre, words, places)
        golden_path = f"{source}/tests/golden/runs/{name}.txt"
        if os.environ.get("GYRE_UPDATE_GOLDEN"):
            with open(golden_path, "w", encoding="utf-8") as file:
                file.write(text)
        golden = ""
        if os.path.exists(golden_path):
            with open(golden_path, encoding="utf-8") as file:
                golden = file.read()
        if got_status != status:
            print(f"{name}: exit status {got_status}, not {status}:\n{text}")
            failures += 1
        elif golden != text:
            print(f"{name}: differs from {golden_path}:\n{text}")
            failures += 1
        else:
            print(f"{name}: as expected")
    print(f"whole runs: {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
