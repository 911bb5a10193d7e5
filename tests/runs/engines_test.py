#!/usr/bin/env python3
"""Sweeps that others run: a Slurm cluster of one controller and two nodes, all on this machine, and GNU parallel. Nodes
are killed, sweeps interrupted and resumed: every seed counts once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import unittest

import runs
from cluster import NEEDED, Cluster

ECHO = ("sweep", "-w", "echo", "--node-count", "1", "--time-limit", "2", "--rate", "10", "--doublecheck-ratio", "0",
        "--bin", runs.built("cpp-echo"))


class Engines(runs.RunsTestCase):
    def seeds(self, db):
        with sqlite3.connect(self.path(db)) as connection:
            return [row[0] for row in connection.execute("SELECT seed FROM seeds ORDER BY seed")]

    def started(self, env, *words):
        return subprocess.Popen([runs.GYRE, *words], cwd=self.scratch, env=env, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def some_ended(self, db):
        """Once a job has ended a seed or two."""
        def ended():
            parts = self.path(f"{db}.parts")
            try:
                return any(os.path.getsize(os.path.join(parts, name)) > 0 and self.seeds(os.path.join(parts, name))
                           for name in os.listdir(parts) if name.endswith(".db"))
            except (OSError, sqlite3.Error):
                return False
        Cluster.wait(ended)

    def test_slurm(self):
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing or os.geteuid() != 0:
            self.skipTest(f"a Slurm cluster needs root and {' '.join(missing) or 'no more'}")
        cluster = Cluster(self.path("cluster"))
        self.addCleanup(cluster.stop)
        slurm = ("--engine", "slurm", "--batch", "8", "--jobs", "2")
        # A node is lost in the middle.
        sweep = self.started(cluster.env, *ECHO, "--seeds", "1-64", *slurm, "--db", "all.db")
        self.some_ended("all.db")
        cluster.kill_node("g2")
        out, err = sweep.communicate(timeout=120)
        self.assertEqual(sweep.returncode, 0, out + err)
        self.assertEqual(self.seeds("all.db"), list(range(1, 65)))
        self.assertRegex(out, r"^Slurm job array \d+: 8 jobs of 8 seeds\n")
        self.assertIn("64 valid", out)
        # Interrupted, it cancels its jobs and keeps what they did; once more, it goes on.
        sweep = self.started(cluster.env, *ECHO, "--seeds", "1-32", *slurm, "--db", "again.db")
        self.some_ended("again.db")
        sweep.send_signal(signal.SIGINT)
        out, err = sweep.communicate(timeout=60)
        self.assertEqual(sweep.returncode, 130, out + err)
        cluster.wait(lambda: cluster.asked("squeue", "--noheader") == "")
        ended = self.seeds("again.db")
        self.assertTrue(0 < len(ended) < 32, ended)
        done = self.gyre(*ECHO, "--seeds", "1-32", *slurm, "--db", "again.db", env=cluster.env, status=0)
        self.assertEqual(self.seeds("again.db"), list(range(1, 33)), str(done))

    def test_parallel(self):
        if shutil.which("parallel") is None:
            self.skipTest("GNU parallel is not here")
        parallel = ("--engine", "parallel", "--batch", "4", "--jobs", "2", "--db", "all.db")
        done = self.gyre(*ECHO, "--seeds", "1-18", *parallel, status=0)
        self.assertIn("18 valid", done.out)
        self.assertEqual(self.seeds("all.db"), list(range(1, 19)))
        # Parts of a sweep that failed are done again, those that are there are not.
        os.remove(self.path("all.db"))
        os.remove(self.path("all.db.parts/4-2.db"))
        untouched = os.stat(self.path("all.db.parts/4-1.db")).st_mtime_ns
        self.gyre(*ECHO, "--seeds", "1-18", *parallel, status=0)
        self.assertEqual(self.seeds("all.db"), list(range(1, 19)))
        self.assertEqual(os.stat(self.path("all.db.parts/4-1.db")).st_mtime_ns, untouched)

    def test_parallel_over_ssh(self):
        if shutil.which("parallel") is None:
            self.skipTest("GNU parallel is not here")
        # What a login elsewhere is like: this machine's files, another environment, a shell that reads the command.
        with open(self.path("ssh"), "w") as script:
            script.write('#!/bin/sh\necho "$1" >>logins\nshift\ntest "$1" != -- || shift\n'
                         'exec env -i HOME="$HOME" SHELL=/bin/sh PATH=/usr/bin:/bin sh -c "cd $PWD; $*"\n')
        os.chmod(self.path("ssh"), 0o755)
        env = dict(os.environ, PARALLEL_SSH=self.path("ssh"), WHERE="here and there")
        over = ("--engine", "parallel", "--hosts", "1/first,1/second", "--batch", "3", "--env", "WHERE")
        done = self.gyre(*ECHO, "--seeds", "1-12", *over, "--db", "all.db", env=env, status=0)
        self.assertIn("12 valid", done.out)
        self.assertEqual(self.seeds("all.db"), list(range(1, 13)))
        with open(self.path("logins")) as logins:
            self.assertEqual(set(logins.read().split()), {"first", "second"})

    def test_what_is_refused(self):
        self.assertEqual(self.gyre(*ECHO, "--seeds", "1-2", "--engine", "slurm", status=254).err,
                         "gyre: --engine: where to are the results to go? Give a file with --db.\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
