#!/usr/bin/env python3
"""gyre serve and gyre plot over stores that are not as they should be, and requests that mean no good."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

from serving import GYRE, NODES, Server, ServeTestCase, make_run

EVIL_NODE = r"""#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    b = {"in_reply_to": m["body"]["msg_id"], "type": m["body"]["type"] + "_ok", "echo": "<script>alert(1)</script>\u001b[2J"}
    print("<img src=x onerror=alert(2)>\u001b]0;title\u0007", file=sys.stderr, flush=True)
    print(json.dumps({"src": m["dest"], "dest": m["src"], "body": b}), flush=True)
"""


def gyre(*words):
    return subprocess.run([GYRE, *words], capture_output=True, text=True, timeout=60, check=False)


class BadInput(ServeTestCase):
    def setUp(self):
        super().setUp()
        self.run_id = make_run(self.store, "-w", "echo", "--bin", f"{NODES}/cpp-echo", "--node-count", "2",
                               "--time-limit", "2", "--seed", "1")

    def test_whole(self):
        server = self.serve()
        status, overview = server.json(f"/api/overview/{self.run_id}")
        self.assertEqual((status, overview["damage"]), (200, ""))
        self.assertGreater(overview["messages"], 20)
        status, calls = server.json(f"/api/calls/{self.run_id}")
        self.assertEqual((status, calls["f"]), (200, ["echo"]))
        for name in ("messages.svg", "timeline.html", "latency-raw.svg", "latency-quantiles.svg", "rate.svg"):
            status, headers, body = server.get(f"/picture/{self.run_id}/{name}")
            self.assertEqual(status, 200)
            self.assertIn("sandbox", headers["Content-Security-Policy"])
            self.assertIn(b"virtual time" if name.startswith(("latency", "rate")) else b"Time goes down", body)
        status, headers, body = server.get(f"/file/{self.run_id}/run.json?download=1")
        self.assertEqual((status, headers["Content-Disposition"]), (200, "attachment"))
        self.assertEqual(json.loads(body)["result"]["seed"], 1)
        self.assertIn("script-src 'self'", server.get("/")[1]["Content-Security-Policy"])

    def test_no_store(self):
        done = gyre("serve", "--port", "0", self.path("none"))
        self.assertEqual(done.returncode, 254)
        self.assertEqual(done.stderr, f"gyre: There is no store at {self.path('none')}: name the directory that "
                                      "`gyre test --store` wrote, store if none was named.\n")

    def test_port_taken(self):
        server = self.serve()
        done = gyre("serve", "--port", str(server.port), self.store)
        self.assertEqual(done.returncode, 254)
        self.assertEqual(done.stderr, f"gyre: Cannot listen on 127.0.0.1:{server.port}: Address already in use; name "
                                      "another with --port, or --port 0 for any that is free.\n")

    def test_loopback_only(self):
        server = self.serve()
        others = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        for address in others:
            if address.startswith("127."):
                continue
            with self.assertRaises(OSError):
                socket.create_connection((address, server.port), timeout=2).close()
        for host in ("evil.example", "evil.example:80", "127.evil.example", ""):
            status, _, _ = server.get("/api/runs", {"Host": host})
            self.assertNotEqual((host, status), (host, 200))
        for host in (f"localhost:{server.port}", "127.0.0.1", f"[::1]:{server.port}"):
            self.assertEqual((host, server.get("/api/runs", {"Host": host})[0]), (host, 200))

    def test_paths_out_of_the_store(self):
        with open(os.path.join(self.scratch, "secret"), "w", encoding="utf-8") as file:
            file.write("secret")
        server = self.serve()
        workload, name = self.run_id.split("/")
        for path in (f"/file/{self.run_id}/../../../secret", f"/file/{self.run_id}/%2e%2e/%2e%2e/%2e%2e/secret",
                     f"/file/{self.run_id}/..%2f..%2f..%2fsecret", f"/file/{self.run_id}//etc/passwd",
                     f"/file/{workload}/..%2f..%2f{name}/secret", "/file/../secret", f"/file/%2e%2e/{name}/secret",
                     f"/api/run/{workload}/%2e%2e", f"/api/run/{workload}/..", "/api/run/..%2f..%2fetc/passwd",
                     "/page/../../secret", f"/picture/{self.run_id}/..%2f..%2frun.json", f"/file/{self.run_id}/%00"):
            status, _, body = server.get(path)
            self.assertIn(status, (400, 404), path)
            self.assertNotIn(b"secret\n", body + b"\n" if body == b"secret" else body, path)
            self.assertNotIn(b"root:", body, path)

    def test_missing_and_half_written(self):
        shutil.copytree(self.path(self.run_id), self.path("echo/half"))
        for name in ("run.json", "history.jsonl"):
            with open(self.path("echo/half", name), "r+b") as file:
                file.truncate(os.path.getsize(file.name) // 2)
        with open(self.path("echo/half/journal"), "r+b") as file:
            file.truncate(os.path.getsize(file.name) - 5)
        os.makedirs(self.path("echo/empty"))
        os.makedirs(self.path("echo/.partial-1-abcdef"))
        server = self.serve()
        listed = server.json("/api/runs")[1]
        self.assertEqual(listed["writing"], 1)
        by_id = {run["id"]: run for run in listed["runs"]}
        self.assertEqual(len(by_id), 3)
        self.assertEqual(by_id["echo/half"]["error"], "run.json is not whole, or not one of this version of gyre")
        self.assertIn("cannot open", by_id["echo/empty"]["error"])
        problems = server.json("/api/run/echo/half")[1]["problems"]
        self.assertEqual(len(problems), 1)
        self.assertTrue(problems[0].startswith("run.json is not whole: "), problems)
        self.assertEqual(server.json("/api/run/echo/empty")[1]["problems"], [
            "run.json is missing: the run is not whole, or not one of gyre's",
            "results.json is missing: the run is not whole, or not one of gyre's",
            "history.jsonl is missing", "journal is missing"])
        overview = server.json("/api/overview/echo/half")[1]
        self.assertRegex(overview["damage"], "a torn record at byte [0-9]+; the records before it are good$")
        self.assertGreater(overview["messages"], 20)
        status, answer = server.json("/api/calls/echo/half")
        self.assertEqual(status, 422)
        self.assertIn("history.jsonl", answer["error"])
        self.assertIn("cannot open", server.json("/api/overview/echo/empty")[1]["error"])
        self.assertEqual(server.json("/api/run/echo/none"), (404, {"error": "There is no run echo/none in this store."}))
        done = gyre("plot", self.path("echo/half"))
        self.assertEqual(done.returncode, 254)
        self.assertIn("run.json cannot be read", done.stderr)

    def test_journal_of_another_version(self):
        with open(self.path(self.run_id, "journal"), "r+b") as file:
            file.seek(8)
            file.write(b"\x09")
        server = self.serve()
        status, answer = server.json(f"/api/overview/{self.run_id}")
        self.assertEqual(status, 422)
        self.assertRegex(answer["error"], "journal .*/journal has format version 9; this gyre reads version 1")

    def test_journal_of_5_gb(self):
        path = self.path(self.run_id, "journal")
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            file.truncate(5 << 30)
        server = self.serve()
        begin = time.monotonic()
        overview = server.json(f"/api/overview/{self.run_id}")[1]
        self.assertEqual(overview["damage"].split(": ", 1)[1],
                         f"a damaged record at byte {size}; the records before it are good")
        self.assertGreater(overview["messages"], 20)
        files = {file["path"]: file["size"] for file in server.json(f"/api/run/{self.run_id}")[1]["files"]}
        self.assertEqual(files["journal"], 5 << 30)
        status, _, body = server.get(f"/file/{self.run_id}/journal", {"Range": "bytes=0-7"})
        self.assertEqual((status, body), (206, b"gyre-jnl"))
        with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status_file:
            peak = [line for line in status_file if line.startswith("VmHWM")][0]
        self.assertLess(int(peak.split()[1]), 400 << 10, peak)
        self.assertLess(time.monotonic() - begin, 30)

    def test_journal_that_grows(self):
        path = self.path(self.run_id, "journal")
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "wb") as file:
            file.write(whole[:len(whole) // 2])
        server = self.serve()
        first = server.json(f"/api/overview/{self.run_id}")[1]
        self.assertIn("a torn record", first["damage"])
        with open(path, "wb") as file:
            file.write(whole)
        second = server.json(f"/api/overview/{self.run_id}")[1]
        self.assertEqual(second["damage"], "")
        self.assertGreater(second["messages"], first["messages"])

    def test_ten_thousand_runs(self):
        with open(self.path(self.run_id, "run.json"), encoding="utf-8") as file:
            text = file.read()
        for i in range(10_000):
            os.makedirs(self.path(f"echo/20300101T000000-{i}-aaaaaa"))
            with open(self.path(f"echo/20300101T000000-{i}-aaaaaa", "run.json"), "w", encoding="utf-8") as file:
                file.write(text)
        server = self.serve()
        times = []
        for _ in range(2):
            begin = time.monotonic()
            self.assertEqual(len(server.json("/api/runs")[1]["runs"]), 10_001)
            times.append(time.monotonic() - begin)
        print(f"a list of 10,001 runs: {times[0]:.2f} s, again {times[1]:.2f} s")
        # A bound for a busy machine; the goal is a second.
        self.assertLess(times[0], 5)

    def test_nodes_that_print_html_and_escapes(self):
        node = os.path.join(self.scratch, "evil.py")
        with open(node, "w", encoding="utf-8") as file:
            file.write(EVIL_NODE)
        os.chmod(node, 0o755)
        run = make_run(self.store, "-w", "echo", "--bin", node, "--node-count", "1", "--time-limit", "2", "--seed", "1")
        server = self.serve()
        for path in ("messages.svg", "timeline.html"):
            _, headers, body = server.get(f"/picture/{run}/{path}")
            self.assertNotIn(b"<script", body)
            self.assertNotIn(b"\x1b", body)
            self.assertIn(b"&lt;script&gt;", body)
            self.assertTrue(headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'"))
        overview = server.json(f"/api/overview/{run}")[1]
        moment = server.json(f"/api/moment/{run}?t={overview['end']}")[1]
        self.assertIn("<img src=x onerror=alert(2)>\x1b]0;title\x07", moment["logs"]["n0"])
        self.assertEqual(server.json(f"/api/moment/{run}?t=-5")[1]["logs"]["n0"], [])
        _, headers, _ = server.get(f"/file/{run}/node-logs/n0.log")
        self.assertEqual((headers["Content-Type"], headers["X-Content-Type-Options"]), ("text/plain; charset=utf-8", "nosniff"))

    def test_requests_that_mean_nothing(self):
        server = self.serve()
        for path, status in (("/nothing", 404), (f"/api/window/{self.run_id}", 422),
                             (f"/api/window/{self.run_id}?from=5&to=5", 422),
                             (f"/api/window/{self.run_id}?from=x&to=9", 422),
                             (f"/api/window/{self.run_id}?from=-9223372036854775807&to=9223372036854775807", 422),
                             (f"/api/moment/{self.run_id}?t=soon", 422), (f"/api/message/{self.run_id}/99999999", 404),
                             (f"/api/message/{self.run_id}/99999999999999999999999", 404),
                             (f"/api/operation/{self.run_id}/99999999", 404), (f"/picture/{self.run_id}/x.svg", 404),
                             (f"/picture/{self.run_id}/anomaly-0.svg", 404)):
            got, _, body = server.get(path)
            self.assertEqual((path, got), (path, status))
            self.assertTrue(json.loads(body)["error"].endswith((".", "y")), body)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
