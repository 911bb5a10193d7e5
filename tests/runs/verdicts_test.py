#!/usr/bin/env python3
"""Verdicts of demo nodes: the versions of broadcast that a learner goes through, and unique ids right and wrong."""

import unittest

import runs

BROADCAST = ("test", "-w", "broadcast", "--seed", "1", "--time-limit", "3", "--rate", "20", "--latency", "10", "--bin")
UNIQUE_IDS = ("test", "-w", "unique-ids", "--seed", "1", "--time-limit", "2", "--rate", "20", "--bin")
LOSS = ("--p-loss", "0.2")
KILL = ("--nemesis", "kill", "--nemesis-interval", "1")
ALL_FAULTS = ("--nemesis", "partition,kill,pause", "--nemesis-interval", "1")
PARTITION = ("--nemesis", "partition", "--nemesis-interval", "1")
LOST = (r"lost: element \d+ is lost: process \d+ at n\d added it \(ops \d+ to \d+, \S+s to \S+s\)\. But the read "
        r"of process \d+ at n\d \(ops \d+ to \d+, \S+s to \S+s\) began after it was known to be in the set, and did "
        r"not return it\.")

# Program, options, exit status, what is said first.
BROADCASTS = [
    ("no-gossip", (), 1, LOST),
    ("no-gossip", ("--nodes", "n1"), 0, None),
    ("flood", (), 0, None),
    ("flood", LOSS, 1, LOST),
    ("flood", PARTITION, 1, LOST),
    ("retry", LOSS, 0, None),
    ("retry", PARTITION, 0, None),
    ("retry", (*PARTITION, "--partition-kinds", "bridge,isolated-pair,one-way"), 0, None),
    ("retry", ("--topology", "line"), 0, None),
]
PROGRAMS = {
    "C++": {"no-gossip": "cpp-broadcast-no-gossip", "flood": "cpp-broadcast-flood", "retry": "cpp-broadcast"},
    "Python": {"no-gossip": "broadcast-no-gossip.py", "flood": "broadcast-flood.py", "retry": "broadcast.py"},
}


class Verdicts(runs.RunsTestCase):
    def check(self, words, status, first):
        done = self.gyre(*words, status=status)
        verdict = {0: "VALID", 1: "INVALID", 2: "UNKNOWN"}[status]
        self.assertRegex(done.out, rf"\n{verdict}  [\w-]+\n")
        if first is None:
            self.assertNotIn("Look at this first", done.out)
        else:
            self.assertRegex(done.out, r"\nLook at this first:\n  " + first)
        self.assertEqual(done.err, "")

    def broadcasts(self, language, find):
        for version, options, status, first in BROADCASTS:
            with self.subTest(f"{language} {version} {' '.join(options)}"):
                self.check((*BROADCAST, find(PROGRAMS[language][version]), *options), status, first)

    def test_broadcast_in_cpp(self):
        self.broadcasts("C++", runs.built)

    def test_broadcast_in_python(self):
        self.broadcasts("Python", lambda name: runs.node(f"python/{name}"))

    def test_kills_and_pauses(self):
        durable = runs.node("python/broadcast-durable.py")
        in_memory = runs.built("cpp-broadcast")
        longer = ("--time-limit", "9", "--nemesis-interval", "2")  # than a client waits for a node that is down
        alone = ("--nodes", "n1", "--concurrency", "4", *longer)
        for program, options, status, first in [
                (durable, (*KILL, *alone), 0, None),
                (durable, (*KILL, *alone, "--restart-files", "wiped"), 1, LOST),
                (durable, (*ALL_FAULTS, "--nodes", "n1,n2,n3", *longer), 0, None),
                (in_memory, (*KILL, *alone), 1, LOST),
                (in_memory, ("--nemesis", "pause", "--nemesis-interval", "1"), 0, None)]:
            with self.subTest(f"{program} {options}"):
                self.check((*BROADCAST, program, *options, "--doublecheck"), status, first)
                faults = {op["f"] for op in self.history() if op["process"] == "nemesis"}
                self.assertTrue(faults & {"kill", "pause"}, faults)
                replayed = self.gyre("replay", "store/latest", status=status)
                self.assertIn("Reproduced", replayed.out)

    def test_unique_ids(self):
        wrong = runs.node("python/unique-ids-wrong.py")
        for program, options, status, first in [
                (runs.built("cpp-unique-ids"), (), 0, None),
                (runs.node("python/unique-ids.py"), (), 0, None),
                (wrong, ("--nodes", "n1"), 0, None),
                (wrong, (), 1, r"duplicate")]:
            with self.subTest(f"{program} {options}"):
                self.check((*UNIQUE_IDS, program, *options), status, first)


if __name__ == "__main__":
    unittest.main(verbosity=2)
