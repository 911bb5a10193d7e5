#!/usr/bin/env python3
"""Demo nodes under partitions, loss and latency: the right ones stay valid, each wrong one is convicted of its own fault.

The quick version sweeps a few seeds of the right ones, and those of the wrong ones until the first conviction. With
--all: the 200 seeds that the programs' comments name.
"""

import json
import sys
import unittest

import runs

# Workload, program.
RIGHT = [
    ("broadcast", "broadcast"),
    ("g-counter", "g-counter"),
    ("g-counter", "seq-kv-counter"),
    ("g-set", "g-set"),
    ("lin-kv", "lin-kv-proxy"),
    ("lin-kv", "raft"),
    ("pn-counter", "pn-counter"),
    ("pn-counter", "seq-kv-counter"),
    ("unique-ids", "unique-ids"),
]

# Workload, program, its --bug, what it is convicted of.
WRONG = [
    ("broadcast", "broadcast-flood", None, "lost"),
    ("broadcast", "broadcast-no-gossip", None, "lost"),
    ("g-counter", "g-counter", "double-counts", "wrong-final-read"),
    ("g-counter", "g-counter", "overwrites", "wrong-final-read"),
    ("g-set", "g-set", "gossips-once", "lost"),
    ("g-set", "g-set", "overwrites", "lost"),
    ("lin-kv", "lin-kv-proxy", "reads-seq-kv", "nonlinearizable"),
    ("lin-kv", "lin-kv-proxy", "writes-again", "nonlinearizable"),
    ("lin-kv", "raft", "commits-without-majority", "nonlinearizable"),
    ("lin-kv", "raft", "elects-outdated", "nonlinearizable"),
    ("lin-kv", "raft", "leader-reads-locally", "nonlinearizable"),
    ("lin-kv", "raft", "reads-locally", "nonlinearizable"),
    ("lin-kv", "raft", "truncates-committed", "nonlinearizable"),
    ("lin-kv", "raft", "votes-twice", "nonlinearizable"),
    ("pn-counter", "pn-counter", "double-counts", "wrong-final-read"),
    ("pn-counter", "pn-counter", "overwrites", "wrong-final-read"),
    ("pn-counter", "seq-kv-counter", "double-counts", "wrong-final-read"),
    ("pn-counter", "seq-kv-counter", "reads-stale", "wrong-final-read"),
]
WRONG_IN_PYTHON_ONLY = [("unique-ids", "unique-ids-wrong", None, "duplicated")]

# Program, its options.
KAFKA_RIGHT = [
    ("kafka", ("--node-count", "1")),
    ("kafka-lin-kv", ()),
]
# Program, its options, its --bug, what it is convicted of.
KAFKA_WRONG = [
    ("kafka", ("--node-count", "1"), "commits-ahead", "lost-write"),
    ("kafka", ("--node-count", "1"), "loses-messages", "lost-write"),
    ("kafka", ("--node-count", "1"), "reorders-messages", "int-nonmonotonic-poll"),
    ("kafka", ("--node-count", "1"), "skips-messages", "poll-skip"),
    ("kafka", ("--node-count", "1"), "stores-twice", "duplicate"),
    ("kafka-lin-kv", (), "acknowledges-early", "inconsistent-offsets"),
    ("kafka-lin-kv", (), "appends-again", "duplicate"),
]

ALL = "--all" in sys.argv
FIRST = ("--stop-after", "1", "--doublecheck-ratio", "0")


def cpp(name):
    return runs.built(f"cpp-{name}")


def python(name):
    return runs.node(f"python/{name}.py")


class Nodes(runs.RunsTestCase):
    def sweep(self, workload, program, seeds, *words, status):
        # A machine that is busy with other tests may let a node wait for long; that is not what is tested here.
        done = self.gyre("sweep", "-w", workload, "--bin", program, "--seeds", seeds, "--keep", "1", "--out", "out.jsonl",
                         "--step-wall-limit", "60", *runs.CUT, *words, status=status, timeout=3600)
        return done, [json.loads(line) for line in self.read("out.jsonl").splitlines()]

    def right(self, find, seeds):
        for workload, program in RIGHT:
            with self.subTest(f"{workload} {program}"):
                done, _ = self.sweep(workload, find(program), seeds, status=0)
                self.assertRegex(done.out, r"^\n(\d+) seeds: \1 valid; \d+ run twice\n" + runs.COVERED + "$")

    def wrong(self, rows, find, seeds, *words):
        for workload, program, bug, anomaly, *options in rows:
            with self.subTest(f"{workload} {program} {bug}"):
                arguments = () if bug is None else ("--", "--bug", bug)
                done, outcomes = self.sweep(workload, find(program), seeds, *options, *words, *arguments, status=1)
                convicted = [outcome for outcome in outcomes if outcome["valid"] is not True]
                # Of its own fault, and not for a crash or an answer that cannot be understood.
                for outcome in convicted:
                    self.assertEqual((outcome["anomaly"], outcome["reason"]), (anomaly, "completed"), str(outcome))
                store = next(outcome["store"] for outcome in convicted if outcome["store"])
                self.assertEqual(json.loads(self.read(f"{store}/results.json"))["findings"], [], str(done))

    def test_right_in_cpp(self):
        self.right(cpp, "1-200" if ALL else "1-10")

    def test_right_in_python(self):
        self.right(python, "1-200" if ALL else "1-2")

    def test_wrong_in_cpp(self):
        self.wrong(WRONG, cpp, "1-200", *(() if ALL else FIRST))

    def test_wrong_in_python(self):
        # Slower than C++ and no wiser: ten convictions are enough.
        self.wrong(WRONG + WRONG_IN_PYTHON_ONLY, python, "1-200", *(("--stop-after", "10") if ALL else FIRST))

    def kafka(self, find, *words):
        for program, options in KAFKA_RIGHT:
            with self.subTest(f"kafka {program}"):
                done, _ = self.sweep("kafka", find(program), "1-200" if ALL else "1-2", *options, status=0)
                self.assertRegex(done.out, r"^\n(\d+) seeds: \1 valid; \d+ run twice\n" + runs.COVERED + "$")
        rows = [("kafka", program, bug, anomaly, *options) for program, options, bug, anomaly in KAFKA_WRONG]
        self.wrong(rows, find, "1-200", *words)

    def test_kafka_in_cpp(self):
        self.kafka(cpp, *(() if ALL else FIRST))

    def test_kafka_in_python(self):
        self.kafka(python, *(("--stop-after", "10") if ALL else FIRST))


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--all"], verbosity=2)
