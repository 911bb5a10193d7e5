#!/usr/bin/env python3
"""What a second job, and a second Slurm node, are worth to a sweep: seeds an hour with one and with two, one right after
the other, and the median of the ratios; and, of jobs, the processor time of a seed, which tells what they cost each other
on a machine that has other work too: twice its ratio is what the second would be worth on an idle one.

usage: sweeps.py GYRE [ROUNDS]: three rounds if nothing is said. GYRE_BUILD is the build directory, if it is not where
GYRE is. The machine needs two cores with nothing else to do; the cluster needs root, and what tools/install-packages
installs.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "runs"))
os.environ["GYRE"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("GYRE_BUILD", os.path.dirname(os.environ["GYRE"]))

from cluster import Cluster  # noqa: E402
from runs import GYRE, NODES, built  # noqa: E402

# Five nodes for 10 virtual seconds. So many seeds that the start of a job in the cluster, a second or two, is little.
RUN = ("-w", "lin-kv", "--time-limit", "10", "--doublecheck-ratio", "0", "--keep", "0")
PROGRAMS = {"C++ Raft": (("--bin", built("cpp-raft")), 240),
            "Python Raft": (("--bin", os.path.join(NODES, "python/raft.py")), 60)}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sweep(program, jobs, more=(), env=None):
    """Seeds an hour, and an hour of the processor."""
    words, seeds = PROGRAMS[program]
    with tempfile.TemporaryDirectory() as here:
        begin, used = time.monotonic(), processor_seconds()
        done = subprocess.run([GYRE, "sweep", *RUN, *words, "--seeds", f"1-{seeds}", "--jobs", str(jobs), *more], cwd=here,
                              env=env, stdout=subprocess.PIPE, text=True, check=False)
        if f"\n{seeds} seeds: " not in done.stdout:
            sys.exit(done.stdout)
        return seeds / (time.monotonic() - begin) * 3600, seeds / (processor_seconds() - used) * 3600


def compare(what, rounds, measure, of_processor):
    """Tells of measure(1) and measure(2)."""
    figures = [(measure(1), measure(2)) for _ in range(rounds)]
    for kind, unit in enumerate(("hour", "processor hour") if of_processor else ("hour",)):
        pairs = [(first[kind], second[kind]) for first, second in figures]
        one, two = (statistics.median(each) for each in zip(*pairs))
        ratios = sorted(second / first for first, second in pairs)
        print(f"{what}, seeds a{'n' * (unit == 'hour')} {unit:15}  {one:8.0f}  {two:8.0f}  {statistics.median(ratios):.2f} "
              f"({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for program in PROGRAMS:
        compare(f"{program}, 1 and 2 jobs", rounds, lambda jobs, program=program: sweep(program, jobs), True)
    with tempfile.TemporaryDirectory() as here:
        cluster = Cluster(os.path.join(here, "cluster"))
        try:
            for program, (_, seeds) in PROGRAMS.items():
                def measure(nodes, program=program, seeds=seeds):
                    cluster.use("g2", nodes == 2)
                    more = ("--engine", "slurm", "--batch", str(seeds // 4), "--db", "all.db")
                    return sweep(program, 2, more, cluster.env)
                compare(f"{program}, 1 and 2 Slurm nodes", rounds, measure, False)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
