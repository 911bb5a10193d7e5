#!/usr/bin/env python3
"""Verdicts of demo nodes: the versions of broadcast that a learner goes through, and unique ids right and wrong."""

import unittest

import runs

BROADCAST = ("test", "-w", "broadcast", "--seed", "1", "--time-limit", "3", "--rate", "20", "--latency", "10", "--bin")
UNIQUE_IDS = ("test", "-w", "unique-ids", "--seed", "1", "--time-limit", "2", "--rate", "20", "--bin")
LOSS = ("--p-loss", "0.2")
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
