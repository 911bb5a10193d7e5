#!/usr/bin/env python3
"""The zoo: its table is whole, and wrong nodes are convicted of what they are in it for. The quick version convicts a few
rows; with --all every one, and no right node in 100 seeds."""

import os
import re
import sys
import unittest

import runs

ROOT = os.path.dirname(os.path.dirname(runs.HERE))
ALL = "--all" in sys.argv


class Zoo(runs.RunsTestCase):
    def setUp(self):
        super().setUp()
        if not os.path.samefile(os.path.join(ROOT, "build"), os.environ.get("GYRE_BUILD", "build")):
            self.skipTest("the zoo names programs in build/, and this is another build directory")
        for name in ("build", "tests"):
            os.symlink(os.path.join(ROOT, name), self.path(name))

    def test_the_table(self):
        with open(os.path.join(ROOT, "tests/zoo.tsv"), encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
        bugs = [row for row in rows if row[0] == "bug"]
        self.assertGreaterEqual(len(bugs), 40)
        self.assertGreaterEqual(sum(int(row[4]) >= 3 for row in bugs), 10)
        groups = {row[1] for row in bugs}
        for kind in ("options", "right"):
            self.assertEqual({row[1] for row in rows if row[0] == kind}, groups)
        self.assertEqual(len([row for row in rows if row[0] == "options"]), len(groups))
        for row in rows:
            if row[0] == "options":
                self.assertGreaterEqual(int(re.search(r"--time-limit (\d+)", row[2]).group(1)), 20)

    def test_a_few_rows(self):
        done = self.gyre("zoo", "tests/zoo.tsv", "g-set", "--seeds", "1-3", "--rounds", "2", "--save", self.scratch,
                         "--time-budget", "120", status=0, timeout=280)
        self.assertRegex(done.out, r"\ncpp-g-set \(g-set\) +3 +\d+\.\d  right: no alarm\n")
        self.assertRegex(done.out, r"\ncpp-g-set overwrites \(g-set\) +\d/\d +\d+\.\d  \d ops \+ \d faults of \d+ \+ \d+, ")
        self.assertRegex(done.out, r"\n2 bugs, 2 of them of three events or more: 2 convicted, median \d and at worst \d "
                                   r"seeds\nshrunk to a median of \d operations and faults, at worst \d, in a median of "
                                   r"\d+ s\nbisected to one decision 2, \d of them of a run near the one that failed; to nothing 0\n"
                                   r"no false alarm in 3 runs of right nodes\n$")
        self.gyre("replay", "g-set-cpp-g-set-overwrites.json", status=1)

    def test_what_is_not_convicted(self):
        self.write("zoo.tsv", "options\ta\t-w echo --time-limit 1\nbug\ta\tbuild/tests/nodes/cpp-echo\tlost\t1\tnothing\n"
                              "right\ta\ttests/nodes/bad/wrong-echo.py\nright\ta\t./nowhere\n")
        done = self.gyre("zoo", "zoo.tsv", "--seeds", "1-2", status=4)
        self.assertRegex(done.out, r"\ncpp-echo \(a\) +2 +\d\.\d  NOT CONVICTED of lost\n"
                                   r"wrong-echo\.py \(a\) +\d +\d\.\d  FALSE ALARM at seed 1\n")
        self.assertEqual(done.err, "gyre: 1 rows are left out, since their programs are not there: nowhere.\n")

    def test_bad_tables(self):
        shape = ("; rows are, between tabs: options GROUP OPTIONS; right GROUP COMMAND; bug GROUP COMMAND ANOMALY|ANOMALY "
                 "DEPTH WHAT.\n")
        for text, why in [("bug\ta", "line 1: neither options, a right node nor a bug"),
                          ("#\nright\ta\tx", "line 2: no options of a above"),
                          ("options\ta\t-w echo\nbug\ta\t/bin/cat\tlost\tdeep\tx", "line 2: the depth is no number"),
                          ("options\ta\t-w ecco\nright\ta\t/bin/cat", "line 2: There is no workload 'ecco'")]:
            with self.subTest(why):
                self.write("zoo.tsv", text)
                done = self.gyre("zoo", "zoo.tsv", status=254)
                self.assertTrue(done.err.startswith(f"gyre: zoo.tsv: {why}") and done.err.endswith(shape), done.err)
        self.assertEqual(self.gyre("zoo", "none.tsv", status=254).err,
                         "gyre: cannot open none.tsv: No such file or directory.\n")

    @unittest.skipUnless(ALL, "slow: with --all")
    def test_all(self):
        done = self.gyre("zoo", "tests/zoo.tsv", "--convict-only", "--seeds", "1-100", "--time-budget", "600", status=0,
                         timeout=4 * 3600)
        print(done.out)


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--all"], verbosity=2)
