#!/usr/bin/env python3
"""The runs in seeds/: each still has the verdict and the anomaly that it expects, whatever compiler built its program."""

import json
import os
import re
import subprocess
import unittest

import runs

ROOT = os.path.dirname(os.path.dirname(runs.HERE))
SEEDS = os.path.join(ROOT, "seeds")


class KeptSeeds(runs.RunsTestCase):
    def test_all_end_as_they_expect(self):
        if not os.path.samefile(os.path.join(ROOT, "build"), os.environ.get("GYRE_BUILD", "build")):
            self.skipTest("seeds/ names programs in build/, and this is another build directory")
        done = subprocess.run([runs.GYRE, "replay", SEEDS], capture_output=True, text=True, timeout=280, check=False)
        print(done.stdout)
        lines = [line for line in done.stdout.splitlines() if line.startswith(SEEDS)]
        self.assertGreaterEqual(len(lines), 20)
        for line in lines:
            self.assertRegex(line, r"^\S+  (invalid \([^)]+\)|valid), as expected; ", done.stdout)
        # 3: the machine that kept them had other digests. Their verdicts are the same, which is all that may be asked.
        self.assertIn(done.returncode, (0, 3))

    def test_all_workloads_are_there(self):
        kept = set()
        for name in os.listdir(SEEDS):
            if name.endswith(".json"):
                with open(os.path.join(SEEDS, name), encoding="utf-8") as file:
                    kept.add(json.load(file)["config"]["workload"])
        with open(os.path.join(runs.NODES, "../zoo.tsv"), encoding="utf-8") as table:
            zoo = set(re.findall(r"^options\t.*-w ([\w-]+)", table.read(), re.M))
        self.assertEqual(kept, zoo)

    def test_nothing_of_the_machine_is_in_them(self):
        for name in os.listdir(SEEDS):
            with self.subTest(name), open(os.path.join(SEEDS, name), encoding="utf-8") as file:
                self.assertNotIn(ROOT, file.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
