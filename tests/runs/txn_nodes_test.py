#!/usr/bin/env python3
"""Demo nodes of transactions: each is right for the model that its comment names, and convicted, of that anomaly and no
other, at the stronger one.

The quick version sweeps a few seeds of the right ones, and those of the wrong ones until the first conviction. With
--all: the 200 seeds that the programs' comments name.
"""

import json
import sys
import unittest

import runs

LISTS, REGISTERS = "txn-list-append", "txn-rw-register"
NEAR = ("--rate", "100", "--time-limit", "5")
FAR = (*NEAR, "--latency", "10", "--latency-dist", "exponential")
SLOW = ("--rate", "50", "--time-limit", "10")
FORKS = ("--rate", "400", "--time-limit", "3", "--latency", "20", "--latency-dist", "exponential",
         "--key-dist", "uniform", "--key-count", "6", "--max-txn-length", "2")
CUT = (*FAR, "--nemesis", "partition", "--nemesis-interval", "2", "--availability", "total")

# Program, workload, options, model.
RIGHT = [
    ("txn-2pl", LISTS, NEAR, "strict-serializable"),
    ("txn-2pl", REGISTERS, NEAR, "strict-serializable"),
    ("txn-local", LISTS, (*NEAR, "--nodes", "n1"), "strict-serializable"),
    ("txn-lww", REGISTERS, CUT, "read-committed"),
    ("txn-occ", LISTS, NEAR, "strict-serializable"),
    ("txn-occ", REGISTERS, NEAR, "strict-serializable"),
    ("txn-replicas", REGISTERS, FORKS, "serializable"),
    ("txn-root", LISTS, SLOW, "strict-serializable"),
    ("txn-thunks", LISTS, SLOW, "strict-serializable"),
]

# Program, its --bug, workload, options, model that convicts it, of what, and model that it is right for.
WRONG = [
    ("txn-2pl", "lost-update", REGISTERS, NEAR, "cursor-stability", "lost-update", "read-committed"),
    ("txn-local", None, REGISTERS, NEAR, "cursor-stability", "lost-update", "read-committed"),
    ("txn-lww", None, REGISTERS, FAR, "cursor-stability", "lost-update", "read-committed"),
    ("txn-lww", "dirty-read", REGISTERS, FAR, "read-committed", "G1a", "read-uncommitted"),
    ("txn-occ", "dirty-read", REGISTERS, NEAR, "read-committed", "G1a", "read-uncommitted"),
    ("txn-occ", "lost-update", REGISTERS, NEAR, "cursor-stability", "lost-update", "read-committed"),
    ("txn-occ", "non-repeatable-read", LISTS, NEAR, "read-atomic", "internal", "read-committed"),
    ("txn-occ", "write-skew", LISTS, NEAR, "serializable", "G2-item", "snapshot-isolation"),
    ("txn-replicas", None, LISTS, FAR, "strong-snapshot-isolation", "G-single-item-realtime", "serializable"),
    ("txn-replicas", "fractured-read", LISTS, FORKS, "consistent-view", "G-single-item", "read-committed"),
    ("txn-replicas", "long-fork", LISTS, FORKS, "snapshot-isolation", "G-nonadjacent-item", "update-serializable"),
    ("txn-root", "stale-snapshot", LISTS, SLOW, "strict-serializable", "G-single-item-realtime", "serializable"),
]

ALL = "--all" in sys.argv


def cpp(name):
    return runs.built(f"cpp-{name}")


def python(name):
    return runs.node(f"python/{name}.py")


class TxnNodes(runs.RunsTestCase):
    def sweep(self, program, workload, options, model, seeds, bug, *words, status):
        arguments = () if bug is None else ("--", "--bug", bug)
        return self.gyre("sweep", "-w", workload, "--bin", program, "--seeds", f"1-{seeds}", "--out", "out.jsonl",
                         *options, "--consistency-models", model, *words, *arguments, status=status, timeout=3600)

    def right(self, find, seeds):
        for program, workload, options, model in RIGHT:
            with self.subTest(f"{program} {workload} {model}"):
                done = self.sweep(find(program), workload, options, model, seeds, None, status=0)
                self.assertRegex(done.out, r"^\n(\d+) seeds: \1 valid; \d+ run twice\n" + runs.COVERED + "$")

    def wrong(self, find, seeds, *words):
        for program, bug, workload, options, strong, anomaly, weak in WRONG:
            with self.subTest(f"{program} {bug}"):
                self.sweep(find(program), workload, options, strong, 200, bug, "--keep", "200", *words, status=1)
                outcomes = [json.loads(line) for line in self.read("out.jsonl").splitlines()]
                for outcome in outcomes:
                    if outcome["valid"] is not True:
                        self.convicted_of(anomaly, outcome)
                if seeds > 0:
                    self.sweep(find(program), workload, options, weak, seeds, bug, status=0)

    def convicted_of(self, anomaly, outcome):
        results = json.loads(self.read(f"{outcome['store']}/results.json"))
        told = (outcome["valid"], outcome["reason"], results["workload"]["anomaly-types"], results["findings"])
        self.assertEqual(told, (False, "completed", [anomaly], []), str(outcome))

    def test_right_in_cpp(self):
        self.right(cpp, 200 if ALL else 4)

    def test_right_in_python(self):
        self.right(python, 50 if ALL else 2)

    def test_wrong_in_cpp(self):
        self.wrong(cpp, 200 if ALL else 4, *(() if ALL else ("--stop-after", "1", "--doublecheck-ratio", "0")))

    def test_wrong_in_python(self):
        # Slower than C++ and no wiser: one conviction is enough where time is short.
        stop = ("--stop-after", "10" if ALL else "1", "--doublecheck-ratio", "0")
        self.wrong(python, 50 if ALL else 0, *stop)


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--all"], verbosity=2)
