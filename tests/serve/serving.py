"""What the tests of gyre serve share: a store made of real runs, a server over it, requests to it."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

GYRE = os.path.abspath(os.environ.get("GYRE", "build/gyre"))
BUILD = os.path.abspath(os.environ.get("GYRE_BUILD", "build"))
NODES = os.path.join(BUILD, "tests/nodes")
SOURCE_NODES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "nodes")


def make_run(store, *words):
    """Stores a run of `gyre test WORDS`; its id."""
    done = subprocess.run([GYRE, "test", "--store", store, "--json", *words], capture_output=True, text=True, timeout=120,
                          check=False)
    path = json.loads(done.stdout.splitlines()[-1])["store"]
    return os.path.relpath(path, store)


class Server:
    """gyre serve over a store, on a port of its own."""

    def __init__(self, store, *words):
        self.process = subprocess.Popen([GYRE, "serve", "--port", "0", store, *words], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.address = re.search(r"http://\S+", line).group(0)
        self.port = int(re.search(r":(\d+)/", self.address).group(1))

    def get(self, path, headers=None):
        """Status, headers and bytes of an answer; the path goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def json(self, path):
        """The value of an answer that is not still being made."""
        while True:
            status, _, body = self.get(path)
            if status != 202:
                return status, json.loads(body)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


class ServeTestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="serve-test-")
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.store = os.path.join(self.scratch, "store")

    def serve(self, *words):
        server = Server(self.store, *words)
        self.addCleanup(server.stop)
        return server

    def path(self, *names):
        return os.path.join(self.store, *names)
