#!/usr/bin/env python3
"""The page of gyre serve in a real browser: seen, filtered, pointed at, clicked through, linked to, in the dark and on a phone.

Screenshots are left in BUILD/screenshots.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from bad_input_test import EVIL_NODE
from browser import Browser
from serving import GYRE, NODES, Server, make_run

BROADCAST = ["-w", "broadcast", "--node-count", "5", "--time-limit", "10", "--rate", "30", "--latency", "10", "--nemesis",
             "partition", "--nemesis-interval", "2", "--seed", "1", "--bin"]


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.stop)
        scratch = tempfile.mkdtemp(prefix="page-test-")
        cls.addClassCleanup(shutil.rmtree, scratch, ignore_errors=True)
        store = os.path.join(scratch, "store")
        evil = os.path.join(scratch, "evil.py")
        with open(evil, "w", encoding="utf-8") as file:
            file.write(EVIL_NODE)
        os.chmod(evil, 0o755)
        cls.valid = make_run(store, *BROADCAST, f"{NODES}/cpp-broadcast")
        cls.lost = make_run(store, *BROADCAST, f"{NODES}/cpp-broadcast-no-gossip")
        cls.evil = make_run(store, "-w", "echo", "--node-count", "1", "--time-limit", "2", "--seed", "1", "--bin", evil)
        os.makedirs(os.path.join(store, "echo/20300101T120000-3-broken"))
        cls.server = Server(store)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.browser.scheme("light")
        self.browser.size(1280, 900)

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])

    def open_list(self, query=""):
        self.browser.open(self.server.address + query)
        self.browser.wait("document.querySelector('#runs')?.childElementCount > 0")

    def open_run(self, run, place=""):
        self.browser.open(f"{self.server.address}run/{run}{place}")
        self.browser.wait("document.body.dataset.ready === '1'")
        self.drawn()

    def drawn(self):
        """Waits until the diagram has all of its window; how many messages there are in it."""
        self.browser.js("document.querySelector('#diagram').dataset.ready = '0'; window.gyre.diagram.dirty();")
        self.browser.wait("document.querySelector('#diagram').dataset.ready === '1'")
        return self.browser.js("return window.gyre.diagram.painter.drawn.length;")

    def place_of(self, choose):
        """Where on the screen the middle of the first drawn message is that the expression over `m` chooses; its number."""
        self.browser.js("document.querySelector('.frame').scrollIntoView({block: 'center'});")
        return self.browser.js(f"""
            const box = document.querySelector('#diagram').getBoundingClientRect();
            const d = window.gyre.diagram;
            const m = d.painter.drawn.find((m) => {choose} && Math.min(m.y1, m.y2) > 30 && Math.max(m.y1, m.y2) < d.height - 5
              && d.hit((m.x1 + m.x2) / 2, (m.y1 + m.y2) / 2)?.number === m.number);
            return [box.left + (m.x1 + m.x2) / 2, box.top + (m.y1 + m.y2) / 2, m.number];""")

    def hash(self, part):
        """Waits until the address has the part: it follows the view a moment later."""
        self.browser.wait("decodeURIComponent(location.hash).includes(arguments[0])", part, timeout=5)

    def test_list(self):
        browser = self.browser
        self.open_list()
        self.assertEqual(browser.text("#summary"), browser.js(
            "return '4 of 4 runs in ' + document.querySelector('#summary').innerText.split(' in ')[1];"))
        self.assertIn("2 invalid, 1 valid, 1 not readable", browser.text("#summary"))
        browser.whole_page("list-1280", 1280)
        browser.js("const s = document.querySelector('#verdict'); s.value = 'invalid'; s.dispatchEvent(new Event('change'));")
        self.assertEqual(browser.js("return document.querySelectorAll('tbody tr').length;"), 2)
        self.assertIn("verdict=invalid", browser.js("return location.search;"))
        browser.js("const s = document.querySelector('#search'); s.value = 'LOST element'; s.dispatchEvent(new Event('input'));")
        self.assertEqual(browser.js("return [...document.querySelectorAll('tbody tr')].map((row) => row.className);"), ["invalid"])
        self.open_list("?sort=messages&down=0")
        counts = browser.js("return [...document.querySelectorAll('td[data-title=messages]')].map((td) => Number(td.innerText || -1));")
        self.assertEqual(counts, sorted(counts))
        browser.click("#view")
        self.assertEqual(browser.js("return document.querySelectorAll('.square').length;"), 4)
        browser.screenshot("grid-1280")
        browser.click(f".square[href='/run/{self.lost}']")
        browser.wait("document.querySelector('#run-verdict')?.innerText.toLowerCase() === 'invalid'")

    def test_hover_click_and_filter(self):
        browser = self.browser
        self.open_run(self.valid)
        self.assertGreater(self.drawn(), 100)
        browser.whole_page("run-1280", 1280)
        browser.js("window.gyre.run.view.centre(5e9, 5e7);")
        self.assertGreater(self.drawn(), 5)
        x, y, number = self.place_of("m.kind === 'client' && m.fate === 0 && m.sourceLane.role === 'client'")
        browser.mouse("mouseMoved", x, y)
        browser.wait("!document.querySelector('.tip').hidden && document.querySelector('.tip').innerText.includes('sent ')")
        self.assertRegex(browser.text(".tip"), r"c\d → n\d sent \d+\.\d+s, taken\s*\{")
        browser.screenshot("hover-1280")
        browser.click_at(x, y)
        browser.wait("document.querySelector('#selected-message')")
        self.assertIn(f"number {number}, ", browser.text("#selected-message"))
        self.hash(f"msg={number}")
        browser.wait("document.querySelector('#selected-operation')")
        browser.wait("window.gyre.diagram.chain.size > 1 && window.gyre.diagram.chain.has(arguments[0])", number)
        browser.screenshot("selected-1280")
        browser.js("[...document.querySelectorAll('#lanes label')].find((l) => l.textContent === 'n2').querySelector('input').click();")
        self.drawn()
        self.assertEqual(browser.js("""return window.gyre.diagram.painter.drawn.filter(
            (m) => m.sourceLane.name === 'n2' || m.targetLane.name === 'n2').length;"""), 0)
        browser.js("[...document.querySelectorAll('#types label')].find((l) => l.textContent === 'read').querySelector('input').click();")
        browser.js("window.gyre.run.view.select({}); window.gyre.run.view.setWindow(0, window.gyre.run.view.end);")
        self.assertGreater(self.drawn(), 10)
        self.assertEqual(browser.js("""const d = window.gyre.diagram;
            return [...new Set(d.painter.drawn.map((m) => d.overview.types[m.type]))];"""), ["read"])
        self.hash("hide=c0,n2&types=read")

    def test_from_anomaly_to_message(self):
        browser = self.browser
        self.open_run(self.lost)
        self.assertIn("is lost: process", browser.text("#anomalies"))
        browser.js("document.querySelector('.picture').scrollIntoView();")
        browser.wait("document.querySelector('.picture').complete && document.querySelector('.picture').naturalWidth > 0")
        browser.whole_page("anomaly-1280", 1280)
        browser.click("#anomalies button[data-op]")
        browser.wait("document.querySelector('#selected-operation')")
        position = browser.js("return Number(document.querySelector('#anomalies button[data-op]').dataset.op);")
        self.assertEqual(browser.js("return window.gyre.run.view.operation;"), position)
        browser.click("#selected-operation button[data-message]")
        browser.wait("document.querySelector('#selected-message')")
        message = browser.js("return window.gyre.run.view.message;")
        self.hash(f"msg={message}&op={position}")
        browser.wait("window.gyre.diagram.chain.has(window.gyre.run.view.message)")
        # That operation's messages, and no others.
        browser.js("window.gyre.run.view.setWindow(0, window.gyre.run.view.end);")
        every = self.drawn()
        browser.click("#alone")
        alone = self.drawn()
        self.assertTrue(0 < alone < every, (alone, every))
        self.assertTrue(browser.js("const {painter, chain} = window.gyre.diagram; return painter.drawn.every((m) => chain.has(m.number));"))
        self.assertIn(f"only messages that belong to op {position} are drawn", browser.text("#diagram-note"))
        self.hash("alone=1")
        browser.screenshot("alone-1280")
        browser.click("#alone")
        self.assertEqual(self.drawn(), every)
        browser.js("window.gyre.run.selectMessage(arguments[0]);", message)
        browser.wait("window.gyre.diagram.chain.has(arguments[0]) && window.gyre.run.view.to - window.gyre.run.view.from < 1e9", message)
        # The window shows the message.
        self.assertTrue(browser.js("const {view, selected} = window.gyre.run; return view.from <= selected.sent && selected.ended <= view.to;"))

    def test_the_cursor_is_one(self):
        browser = self.browser
        self.open_run(self.valid)
        browser.wait("document.querySelector('#rate .u-over')")
        box = browser.js("""const over = document.querySelector('#rate .u-over'); over.scrollIntoView({block: 'center'});
            const box = over.getBoundingClientRect(); return [box.left, box.top, box.width, box.height];""")
        browser.click_at(box[0] + box[2] / 2, box[1] + box[3] / 2)
        browser.wait("window.gyre.run.view.cursor !== null")
        middle = browser.js("return window.gyre.run.overview.end / 2;")
        cursor = browser.js("return window.gyre.run.view.cursor;")
        self.assertLess(abs(cursor - middle), middle / 20)
        browser.wait("Math.abs(parseFloat(document.querySelector('#cursor').value) - window.gyre.run.view.cursor / 1e9) < 1e-6")
        self.hash("t=")
        browser.wait("document.querySelector('#moment').innerText.includes('Phase')")
        # In a fault the moment says who does not hear whom.
        fault = browser.js("const fault = window.gyre.run.faults.find((f) => f.to - f.from > 1e8); return fault.from + 1e7;")
        browser.js("const i = document.querySelector('#cursor'); i.value = arguments[0] / 1e9 + 's'; i.dispatchEvent(new Event('change'));", fault)
        browser.wait("document.querySelector('#moment').innerText.includes('hears nothing from')")
        browser.whole_page("cursor-1280", 1280)

    def test_deep_link(self):
        browser = self.browser
        self.open_run(self.valid, "#t=4.5s&msg=700&from=4.4s&to=4.6s")
        browser.wait("document.querySelector('#selected-message')")
        self.assertIn("number 700, ", browser.text("#selected-message"))
        self.assertEqual(browser.js("return document.querySelector('#cursor').value;"), "4.500s")
        view = browser.js("const {from, to} = window.gyre.run.view; return [from, to];")
        self.assertEqual([round(ns / 1e6) for ns in view], [4400, 4600])
        position = self.server.json(f"/api/calls/{self.lost}")[1]["calls"][7]  # of the second call
        self.open_run(self.lost, f"#op={position}")
        browser.wait("document.querySelector('#selected-operation')")
        self.assertRegex(browser.text("#selected-operation"), rf"op {position}: (broadcast|read)")

    def test_keys_and_drag(self):
        browser = self.browser
        self.open_run(self.valid)
        browser.js("document.querySelector('#diagram').focus();")
        span = "return window.gyre.run.view.to - window.gyre.run.view.from;"
        whole = browser.js(span)
        browser.key("+")
        self.assertAlmostEqual(browser.js(span), whole * 0.7, delta=whole / 100)
        before = browser.js("return window.gyre.run.view.from;")
        browser.key("ArrowDown")
        self.assertGreater(browser.js("return window.gyre.run.view.from;"), before)
        browser.key("Home")
        self.assertEqual(browser.js(span), whole)
        browser.key("n")
        browser.wait("window.gyre.run.view.message !== null")
        browser.key("Escape")
        self.assertIsNone(browser.js("return window.gyre.run.view.message;"))
        browser.js("window.gyre.run.view.centre(5e9, 1e9); document.querySelector('.frame').scrollIntoView({block: 'center'});")
        box = browser.js("const b = document.querySelector('#diagram').getBoundingClientRect(); return [b.left, b.top, b.height];")
        before, cursor = browser.js("const {from, cursor} = window.gyre.run.view; return [from, cursor];")
        x, y = box[0] + 300, box[1] + 300
        browser.mouse("mouseMoved", x, y)
        browser.mouse("mousePressed", x, y, button="left", clickCount=1)
        browser.mouse("mouseMoved", x, y - 60, button="left", buttons=1)
        browser.mouse("mouseReleased", x, y - 60, button="left", clickCount=1)
        moved = browser.js("return window.gyre.run.view.from;") - before
        self.assertAlmostEqual(moved, 60 / (box[2] - 22) * 1e9, delta=5e6)
        self.assertEqual(browser.js("return window.gyre.run.view.cursor;"), cursor)  # a drag is no click

    def test_dark(self):
        browser = self.browser
        page = "return getComputedStyle(document.body).backgroundColor;"
        self.open_run(self.lost)
        self.assertEqual(browser.js(page), "rgb(255, 255, 255)")
        browser.scheme("dark")
        self.assertEqual(browser.js(page), "rgb(13, 17, 23)")
        self.drawn()
        # The canvas follows.
        browser.wait("String(document.querySelector('#diagram').getContext('2d').getImageData(2, 2, 1, 1).data) === '13,17,23,255'")
        browser.whole_page("run-dark-1280", 1280)
        self.open_list()
        browser.whole_page("list-dark-1280", 1280)

    def test_narrow(self):
        browser = self.browser
        for name, opened in (("list", self.open_list), ("run", lambda: self.open_run(self.lost, "#op=5"))):
            for width in (400, 1280):
                browser.size(width, 900)
                opened()
                self.assertLessEqual(browser.js("return document.documentElement.scrollWidth;"), width, f"{name} at {width}")
            browser.size(400, 900)
            opened()
            browser.whole_page(f"{name}-400", 400)

    def test_what_nodes_print_is_inert(self):
        browser = self.browser
        self.open_run(self.evil)
        browser.js("window.alert = () => { window.ran = true; }; window.gyre.run.view.setCursor(window.gyre.run.view.end);")
        browser.wait("document.querySelector('.log')?.innerText.includes('<img src=x onerror=alert(2)>')")
        self.assertIn("\\u001b]0;title\\u0007", browser.text(".log"))
        browser.click("#anomalies button[data-op]")
        browser.wait("document.querySelector('#selected-operation')?.innerText.includes('<script>alert(1)</script>')")
        browser.click("#selected-operation button[data-message]")
        browser.wait("document.querySelector('#selected-message')")
        self.assertEqual(browser.js("return document.querySelectorAll('main script, main img[onerror], main iframe').length;"), 0)
        self.assertNotIn("\x1b", browser.js("return document.body.textContent;"))
        self.assertIsNone(browser.js("return window.ran ?? null;"))
        browser.screenshot("inert-1280")
        for name in ("timeline.html", "messages.svg"):
            browser.open(f"{self.server.address}picture/{self.evil}/{name}")
            self.assertEqual(browser.js("return document.querySelectorAll('script').length;"), 0)
            self.assertEqual(browser.js("return self.origin;"), "null")  # its own, which may do nothing

    def test_a_sweep_as_a_grid_of_seeds(self):
        browser = self.browser
        store = os.path.join(tempfile.mkdtemp(prefix="page-test-"), "store")
        self.addCleanup(shutil.rmtree, os.path.dirname(store), ignore_errors=True)
        subprocess.run([GYRE, "sweep", "-w", "broadcast", "--seeds", "1-12", "--time-limit", "5", "--rate", "20", "--nemesis",
                        "partition", "--nemesis-interval", "2", "--keep", "1", "--store", store, "--bin",
                        f"{NODES}/cpp-broadcast-flood"], capture_output=True, timeout=120, check=False)
        server = Server(store)
        self.addCleanup(server.stop)
        states = [outcome["state"] for outcome in sorted(
            (json.loads(line) for line in server.get(f"/api/sweep/{server.json('/api/sweeps')[1][0]['name']}")[2].splitlines()[1:]),
            key=lambda outcome: outcome["seed"])]
        self.assertEqual(len(states), 12)
        self.assertIn("invalid", states)
        browser.open(server.address)
        browser.wait("document.querySelector('#sweeps a')")
        self.assertIn(f"seeds 1 to 12: {states.count('invalid')} invalid", browser.text("#sweeps"))
        browser.click("#sweeps a")
        browser.wait("document.querySelectorAll('#squares .square').length === 12")
        shown = "return [...document.querySelectorAll('#squares .square')].map((square) => square.classList[1]);"
        self.assertEqual(browser.js(shown), states)
        self.assertIn(f"lost, {states.count('invalid')} seeds", browser.text("#groups"))
        browser.whole_page("sweep-1280", 1280)
        # One that was not stored has its command, for this seed alone.
        if "valid" in states:
            browser.click(f".square[data-seed='{states.index('valid') + 1}']")
            self.assertIn(f"--seeds {states.index('valid') + 1} --time-limit 5", browser.text("#seed"))
        browser.js("const s = document.querySelector('#state'); s.value = 'invalid'; s.dispatchEvent(new Event('change'));")
        self.assertEqual(browser.js(shown), ["invalid"] * states.count("invalid"))
        browser.size(400, 900)
        self.assertLessEqual(browser.js("return document.documentElement.scrollWidth;"), 400)
        browser.size(1280, 900)
        # The one that was stored leads to its run.
        stored = browser.js("""for (const square of document.querySelectorAll('.square')) {
            square.click(); if (document.querySelector('#seed a')) return true; } return false;""")
        self.assertTrue(stored)
        browser.click("#seed a")
        browser.wait("document.querySelector('#run-verdict')?.innerText.toLowerCase() === 'invalid'")
        browser.open(f"{server.address}sweep/none")
        browser.wait("document.querySelector('.problem')?.innerText === 'There is no sweep none in this store.'")
        browser.complaints()

    def test_broken(self):
        browser = self.browser
        browser.open(f"{self.server.address}run/echo/20300101T120000-3-broken")
        browser.wait("[...document.querySelectorAll('.problem')].length >= 5")
        text = browser.js("return document.body.innerText;")
        self.assertIn("run.json is missing: the run is not whole, or not one of gyre's", text)
        self.assertIn("cannot open", text)
        browser.screenshot("broken-1280")
        browser.open(f"{self.server.address}run/echo/none")
        browser.wait("document.querySelector('.problem')?.innerText === 'There is no run echo/none in this store.'")
        # The failures are what was asked for.
        self.browser.complaints()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
