#!/usr/bin/env python3
"""Sweeps that others run: a Slurm cluster of one controller and two nodes, all on this machine, and GNU parallel. Nodes
are killed, sweeps interrupted and resumed: every seed counts once."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import unittest

import runs

CONF = """ClusterName=gyre
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={here}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool-%n
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd-%n.pid
SlurmctldLogFile={here}/slurmctld.log
SlurmdLogFile={here}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=10
SchedulerParameters=sched_interval=2
NodeName=g1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs=1
NodeName=g2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port2} CPUs=1
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
ECHO = ("sweep", "-w", "echo", "--node-count", "1", "--time-limit", "2", "--rate", "10", "--doublecheck-ratio", "0",
        "--bin", runs.built("cpp-echo"))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """munged, slurmctld and two slurmd, in the foreground, with all of their files in `here`."""

    def __init__(self, here):
        self.here = here
        os.makedirs(f"{here}/state")
        os.chmod(here, 0o755)
        with open(f"{here}/munge.key", "wb") as key:
            key.write(os.urandom(1024))
        os.chmod(f"{here}/munge.key", 0o600)
        port, port1, port2 = free_ports(3)
        with open(f"{here}/slurm.conf", "w", encoding="utf-8") as conf:
            conf.write(CONF.format(host=socket.gethostname().split(".")[0], here=here, port=port, port1=port1, port2=port2))
        self.env = dict(os.environ, SLURM_CONF=f"{here}/slurm.conf")
        self.daemons = {}
        self.start("munged", "munged", "--force", "--foreground", *(f"--{name}-file={here}/munged.{name}" for name in
                                                                    ("pid", "log", "seed")),
                   f"--key-file={here}/munge.key", f"--socket={here}/munge.socket")
        self.wait(lambda: os.path.exists(f"{here}/munge.socket"))
        self.start("slurmctld", "slurmctld", "-D")
        for node in ("g1", "g2"):
            self.start(node, "slurmd", "-D", "-N", node)
        self.wait(lambda: self.states() == ["idle", "idle"])

    def start(self, name, *words):
        self.daemons[name] = subprocess.Popen(words, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def asked(self, *words):
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=30).stdout

    def states(self):
        return sorted(self.asked("sinfo", "--noheader", "--Node", "--format=%t").split())

    @staticmethod
    def wait(ready, seconds=40):
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError("the cluster does not do what it is waited for")
            time.sleep(0.2)

    def kill_node(self, name):
        """The daemon, and what it had started, as when a machine loses its power."""
        for listing in os.listdir("/proc"):
            try:
                with open(f"/proc/{listing}/cmdline", "rb") as file:
                    command = file.read()
                with open(f"/proc/{listing}/environ", "rb") as file:
                    environ = file.read().split(b"\0")
            except OSError:
                continue
            own = f"SLURM_CONF={self.here}/slurm.conf".encode() in environ
            if own and f"SLURMD_NODENAME={name}".encode() in environ and b"gyre" in command:
                os.kill(int(listing), signal.SIGKILL)
        self.daemons[name].kill()
        self.daemons[name].wait()

    def stop(self):
        self.asked("scancel", "--user=root")
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


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

    def test_what_is_refused(self):
        self.assertEqual(self.gyre(*ECHO, "--seeds", "1-2", "--engine", "slurm", status=254).err,
                         "gyre: --engine: where to are the results to go? Give a file with --db.\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
