#!/usr/bin/env python3
"""Runs that are kept: saved to a file, replayed with the same program, with another, and a directory of them at once."""

import json
import os
import re
import shutil
import unittest

import runs

FLOOD = ("test", "-w", "broadcast", "--seed", "7", "--time-limit", "3", "--rate", "20", "--latency", "10")
CHANGED = "The program or its decisions were changed: only the verdict counts, no digest is compared."


class Seeds(runs.RunsTestCase):
    def save(self, program, name, *options, status):
        """A run of a copy of `program`, kept; the copy lies beside the folder of seeds."""
        shutil.copy(program, self.path(name))
        self.gyre(*FLOOD, "--bin", f"./{name}", *options, status=status)
        return self.gyre("save", "store/latest", f"seeds/{name}.json", "--story", f"What {name} does.", status=0)

    def test_a_kept_run_is_told_and_reproduced(self):
        saved = self.save(runs.built("cpp-broadcast-no-gossip"), "node", status=1)
        self.assertEqual(saved.out, "Kept as seeds/node.json, expected invalid (lost). Replay: gyre replay "
                                    "seeds/node.json\n")
        kept = json.loads(self.read("seeds/node.json"))
        self.assertEqual((kept["story"], kept["expect"], kept["config"]["bin"]),
                         ("What node does.", {"valid": False, "anomaly": "lost"}, "../node"))
        self.assertNotIn(self.scratch, self.read("seeds/node.json"))
        again = self.gyre("replay", "seeds/node.json", "--strict", status=1)
        self.assertEqual(again.out.splitlines()[-3:], [
            "Seed 7. Replay: gyre replay seeds/node.json", f"Reproduced: digest {kept['result']['digest']}",
            "As expected: invalid (lost)."])
        twice = self.gyre("save", "store/latest", "seeds/node.json", status=254)
        self.assertEqual(twice.err,
                         "gyre: seeds/node.json is there already: choose another name, or replace what it has by "
                         "--update.\n")

    def test_another_run_takes_its_place(self):
        self.save(runs.built("cpp-broadcast-no-gossip"), "node", status=1)
        shutil.copy(runs.built("cpp-broadcast"), self.path("node"))
        self.gyre(*FLOOD, "--bin", "./node", status=0)
        updated = self.gyre("save", "store/latest", "seeds/node.json", "--update", status=0)
        self.assertEqual(updated.out, "Kept as seeds/node.json, expected valid, no longer invalid (lost). Replay: gyre "
                                      "replay seeds/node.json\n")
        kept = json.loads(self.read("seeds/node.json"))
        self.assertEqual((kept["story"], kept["expect"]), ("What node does.", {"valid": True, "anomaly": None}))
        self.gyre("replay", "seeds/node.json", "--strict", status=0)
        self.gyre("save", "store/latest", "seeds/node.json", "--update", "--story", "It is mended.", status=0)
        self.assertEqual(json.loads(self.read("seeds/node.json"))["story"], "It is mended.")
        self.assertEqual(self.gyre("save", "store/latest", "none.json", "--update", status=254).err,
                         "gyre: cannot open none.json: No such file or directory; name a file that `gyre save` wrote.\n")

    def test_the_folder_may_move_and_the_program_change(self):
        self.save(runs.built("cpp-broadcast-no-gossip"), "node", status=1)
        os.makedirs(self.path("elsewhere"))
        for name in ("seeds", "node"):
            shutil.move(self.path(name), self.path("elsewhere"))
        self.assertIn("\nReproduced: digest ", self.gyre("replay", "elsewhere/seeds/node.json", status=1).out)
        # Mended: it runs, and is told to be another.
        shutil.copy(runs.built("cpp-broadcast"), self.path("elsewhere/node"))
        mended = self.gyre("replay", "elsewhere/seeds/node.json", status=0)
        self.assertEqual(mended.out.splitlines()[-3:], [
            "Changed since the run was recorded: SCRATCH/elsewhere/node", CHANGED,
            "NOT AS EXPECTED: invalid (lost)."])
        os.remove(self.path("elsewhere/node"))
        self.gyre("replay", "elsewhere/seeds/node.json", status=254)

    def test_program_and_arguments_may_be_given(self):
        echo = ("test", "-w", "echo", "--seed", "1", "--node-count", "1", "--time-limit", "1")
        self.gyre(*echo, "--bin", runs.node("bad/exec-wrapper.sh"), "--", runs.built("cpp-echo"), status=0)
        self.gyre("save", "store/latest", "echo.json", status=0)
        self.assertIn(f"{os.path.relpath(runs.built('cpp-echo'), self.scratch)}", self.read("echo.json"))
        self.gyre("replay", "echo.json", "--strict", status=0)
        wrong = runs.node("bad/wrong-echo.py")
        given = self.gyre("replay", "echo.json", "--", wrong, status=1)
        self.assertIn(f"\nSeed 1. Replay: gyre replay echo.json -- {wrong}\n{CHANGED}\n", given.out)
        self.assertIn(f"\nSeed 1. Replay: gyre replay echo.json --bin {wrong}\n",
                      self.gyre("replay", "echo.json", "--bin", wrong, status=1).out)

    def test_bisect_statuses(self):
        self.save(runs.built("cpp-broadcast-no-gossip"), "node", status=1)
        for program, status in [(runs.built("cpp-broadcast"), 0), (runs.built("cpp-broadcast-no-gossip"), 1),
                                ("./nowhere", 125), (runs.node("bad/never-answers-init.sh"), 125),
                                (runs.node("bad/exits-at-once.sh"), 125), (runs.built("bad-spins"), 125)]:
            with self.subTest(program):
                self.gyre("replay", "--bisect", "seeds/node.json", "--bin", program, status=status)

    def test_a_directory_of_them(self):
        self.save(runs.built("cpp-broadcast"), "right", status=0)
        self.save(runs.built("cpp-broadcast-no-gossip"), "wrong", status=1)
        for jobs in ("1", "2"):
            everything = self.gyre("replay", "seeds/", "--strict", "--jobs", jobs, status=0)
            self.assertEqual(everything.out, "seeds/right.json  valid, as expected; reproduced\n"
                                             "seeds/wrong.json  invalid (lost), as expected; reproduced\n"
                                             "\n2 seeds: 2 as expected\n")
        # Rebuilt, with the same verdict: told, and no failure.
        with open(self.path("right"), "ab") as file:
            file.write(b"a few bytes more, as another linker may write")
        rebuilt = self.gyre("replay", "seeds", status=0)
        self.assertRegex(rebuilt.out, r"^seeds/right.json  valid, as expected; (reproduced|digests not compared, "
                                      r"changed: right)\nseeds/wrong.json ")
        # Another program: a verdict that is not expected.
        shutil.copy(runs.built("cpp-broadcast"), self.path("wrong"))
        mended = self.gyre("replay", "seeds", status=4)
        self.assertIn("\nseeds/wrong.json  valid, NOT AS EXPECTED: invalid (lost); digests not compared, changed: "
                      "wrong\n", mended.out)
        self.assertRegex(mended.out, r"\n2 seeds: 1 as expected, 1 not as expected, \d with another program, whose "
                                     r"digests cannot be compared\nIf that program was mended, its seed is a test from "
                                     r"now on: let \"expect\" in the file say \{\"valid\": true, \"anomaly\": null\}\.\n$")
        seed = json.loads(self.read("seeds/wrong.json"))
        self.write("seeds/wrong.json", json.dumps(dict(seed, expect={"valid": True, "anomaly": None})))
        self.assertIn("\n2 seeds: 2 as expected, ", self.gyre("replay", "seeds", status=0).out)

    def test_a_directory_in_which_something_is_wrong(self):
        self.save(runs.built("cpp-broadcast"), "right", status=0)
        kept = self.read("seeds/right.json")
        self.write("seeds/other.json", kept.replace(json.loads(kept)["result"]["digest"], "0" * 32))
        self.write("seeds/junk.json", "{}")
        self.write("seeds/gone.json", kept.replace('"../right"', '"../gone"'))
        self.write("seeds/README.md", "is none of them")
        everything = self.gyre("replay", "seeds", status=254)
        self.assertEqual(everything.out,
                         "seeds/gone.json  its program, SCRATCH/gone, is not there\n"
                         "seeds/junk.json  seeds/junk.json cannot be read: it has no story; name a file that `gyre save` "
                         "of gyre 0.1.0 wrote.\n"
                         "seeds/other.json  valid, as expected; NOT REPRODUCED: the same program did something else\n"
                         "seeds/right.json  valid, as expected; reproduced\n"
                         "\n4 seeds: 1 as expected, 1 not reproduced, 2 not run\n")
        os.remove(self.path("seeds/junk.json"))
        os.remove(self.path("seeds/gone.json"))
        self.gyre("replay", "seeds", status=3)
        refused = self.gyre("replay", "seeds", "--bin", "./right", status=254)
        self.assertEqual(refused.err,
                         "gyre: seeds is a directory of seed files, which have programs of their own: of the options "
                         "only --jobs and --strict are for all of them; name one file.\n")

    def test_a_run_that_was_cut_short_is_not_kept(self):
        self.gyre("test", "-w", "echo", "--seed", "1", "--node-count", "1", "--step-wall-limit", "1", "--bin",
                  runs.built("bad-spins"), status=2)
        refused = self.gyre("save", "store/latest", "x.json", status=254)
        self.assertEqual(re.sub(r"echo/\S+", "echo/X", refused.err),
                         "gyre: The run in store/latest was cut short (stuck): it cannot be replayed, so it is not "
                         "kept.\n")

    def test_stored_decisions_do_the_same_run(self):
        first = self.gyre(*FLOOD, "--p-loss", "0.1", "--bin", runs.built("cpp-broadcast"), status=0)
        again = self.gyre("replay", "store/latest", "--override", "store/latest/decisions.jsonl", status=0)
        self.assertEqual(again.out.splitlines()[-1], f"Reproduced: digest {first.digest()}")
        # All of a kind: no operation but one, and every message as slow as the other.
        operation = next(line for line in self.read("store/latest/decisions.jsonl").splitlines() if "operation" in line)
        self.write("one", '{"kind": "operation", "key": "*", "value": 0}\n' + operation +
                   '\n{"kind": "delay", "key": "*", "value": 3000000}\n')
        one = self.gyre("replay", "store/latest", "--override", "one")
        self.assertIn("\n  operations  1 (", one.out)
        self.assertNotIn("matched nothing", one.out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
