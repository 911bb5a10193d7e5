"""What the tests of whole runs share: build/gyre run in a scratch directory, and its output made comparable.

GYRE is the program under test, GYRE_BUILD the build directory; meson sets both.
"""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import threading
import unittest

GYRE = os.path.abspath(os.environ.get("GYRE", "build/gyre"))
HERE = os.path.dirname(os.path.abspath(__file__))
NODES = os.path.join(os.path.dirname(HERE), "nodes")
BUILT = os.path.join(os.path.abspath(os.environ.get("GYRE_BUILD", "build")), "tests/nodes")
ONE_BAD = os.path.join(HERE, "one_bad.py")
READS_FILE = os.path.join(HERE, "reads_file.py")

# The lines of a sweep's report on what its seeds had.
COVERED = r"\d+ pairs? of message types.*\n(?:faults that no seed had: .*\n)?"
DIGEST = re.compile(r"determinism \w+, digest ([0-9a-f]{32})")


class Done:
    """A command that has ended."""

    def __init__(self, words, status, out, err):
        self.words, self.status, self.out, self.err = words, status, out, err

    def __str__(self):
        return f"{' '.join(self.words)}\n{self.out}[stderr]\n{self.err}[status {self.status}]"

    def json(self):
        return json.loads(self.out.splitlines()[-1])

    def digest(self):
        return DIGEST.search(self.out).group(1)

    def report(self):
        """What is said between the verdict and the figures, paragraphs without indentation removed."""
        return re.search(r"\n\n(?:VALID|INVALID|UNKNOWN)  [\w-]+\n\n?(.*?)\n*  operations ", self.out, re.S).group(1)


def timeless(text):
    """Virtual times of a program hang on how often its language reads the clock: another version, another time."""
    return re.sub(r"\b\d+\.(?!000s)\d+s\b", "Ts", text)

# Five nodes that now and then cannot hear each other, and lose messages.
CUT = ("--node-count", "5", "--concurrency", "10n", "--rate", "100", "--time-limit", "20", "--nemesis", "partition",
       "--nemesis-interval", "5", "--latency", "10", "--latency-dist", "exponential", "--p-loss", "0.05")


class RunsTestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="runs-test-")
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def gyre(self, *words, status=None, timeout=120, env=None):
        """Runs gyre in the scratch directory. `status`: what it must exit with."""
        words = [GYRE, *map(str, words)]
        run = subprocess.run(words, cwd=self.scratch, capture_output=True, text=True, errors="replace", env=env,
                             timeout=timeout, check=False)
        done = Done(words, run.returncode, run.stdout.replace(self.scratch, "SCRATCH"),
                    run.stderr.replace(self.scratch, "SCRATCH"))
        if status is not None:
            self.assertEqual(done.status, status, str(done))
        return done

    def on_terminal(self, words, columns):
        """What gyre writes to a terminal of so many columns."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 25, columns, 0, 0))
        with subprocess.Popen([GYRE, *map(str, words)], cwd=self.scratch, stdin=its, stdout=its, stderr=its):
            os.close(its)
            shown = b""
            while True:
                try:
                    shown += os.read(ours, 65536)
                except OSError:  # no one has its end open any more
                    break
        os.close(ours)
        return shown.decode(errors="replace")

    def path(self, name):
        return os.path.join(self.scratch, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def changing_file(self):
        """A file that says something else all the time: what gyre cannot seal."""
        path = self.write("changing", "0")
        ended = threading.Event()

        def change():
            count = 0
            while not ended.wait(0.001):
                count += 1
                with open(path, "r+", encoding="utf-8") as file:
                    file.write(str(count))

        thread = threading.Thread(target=change)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(ended.set)
        return path

    def convict(self, workload, program, bug, options):
        """The directory of a failing run of a demo node, at `options`, with its --bug if it has one."""
        arguments = () if bug is None else ("--", "--bug", bug)
        self.gyre("sweep", "-w", workload, "--bin", built(program), "--seeds", "1-50", "--stop-after", "1",
                  "--jobs", "1", "--out", "out.jsonl", "--doublecheck-ratio", "0", *options, *arguments, status=1,
                  timeout=300)
        return next(o["store"] for o in map(json.loads, self.read("out.jsonl").splitlines()) if not o["valid"])

    def history(self, store="store/latest"):
        """The operations of a stored run, as dictionaries; the file's first line is its version."""
        lines = self.read(f"{store}/history.jsonl").splitlines()
        return [op for op in map(json.loads, lines) if "type" in op]


def built(name):
    """A demo node that the build made; the test is skipped, loudly, where its toolchain is absent."""
    path = os.path.join(BUILT, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"{path} is not built: its toolchain is missing")
    return path


def node(name):
    return os.path.join(NODES, name)
