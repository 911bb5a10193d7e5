#!/usr/bin/env python3
"""How long the page of gyre serve takes with a run of a million journal events: the first picture, and panning.

usage: page.py GYRE [RUN]: without RUN, the directory of a stored run, a broadcast of 25 C++ nodes is made first.
GYRE_BUILD is the build directory, if it is not where GYRE is.
"""

import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "serve"))
os.environ["GYRE"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("GYRE_BUILD", os.path.dirname(os.environ["GYRE"]))

from browser import Browser  # noqa: E402
from serving import NODES, Server, make_run  # noqa: E402

# Frames that do nothing, for three seconds: what the machine and its other work leave.
NOTHING = """
const done = arguments[arguments.length - 1];
const begin = performance.now();
let count = 0;
function step(now) {
  ++count;
  if (now - begin < 3000) requestAnimationFrame(step);
  else done(count / (now - begin) * 1000);
}
requestAnimationFrame(step);
"""

# Drags for three seconds, a step a frame, and tells the frames' lengths in ms.
PAN = """
const done = arguments[arguments.length - 1];
const {view} = window.gyre.run;
const span = view.end / arguments[0];
view.setWindow(view.end / 3, view.end / 3 + span);
const frames = [];
const drawn = [];
const {painter} = window.gyre.diagram;
const draw = Object.getPrototypeOf(painter).draw;
painter.draw = () => {
  const begun = performance.now();
  draw.call(painter);
  drawn.push(performance.now() - begun);
};
let last = performance.now();
const begin = last;
function step(now) {
  frames.push(now - last);
  last = now;
  view.pan(span / 90);
  if (now - begin < 3000) requestAnimationFrame(step);
  else {
    delete painter.draw;
    done([frames.slice(1), drawn]);
  }
}
requestAnimationFrame(step);
"""


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 254
    with tempfile.TemporaryDirectory() as scratch:
        if len(sys.argv) == 3:
            store, run = os.path.split(os.path.dirname(os.path.abspath(sys.argv[2])))[0], None
            run = os.path.relpath(os.path.abspath(sys.argv[2]), store)
        else:
            store = scratch
            run = make_run(store, "-w", "broadcast", "--node-count", "25", "--time-limit", "20", "--rate", "450", "--latency",
                           "10", "--seed", "1", "--bin", f"{NODES}/cpp-broadcast")
        server = Server(store)
        browser = Browser()
        try:
            begin = time.monotonic()
            browser.open(f"{server.address}run/{run}")
            browser.wait("document.querySelector('#diagram')?.dataset.ready === '1'", timeout=60)
            first = time.monotonic() - begin
            with open(f"/proc/{server.process.pid}/stat", encoding="utf-8") as file:
                ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
            browser.wait("document.body.dataset.ready === '1'", timeout=60)
            whole = time.monotonic() - begin
            size = browser.js("return [window.gyre.run.overview.records, window.gyre.run.overview.messages];")
            print(f"{size[0]} journal records, {size[1]} messages")
            print(f"first picture, index built on the way: {first:.2f} s (goal 2); with charts: {whole:.2f} s; "
                  f"processor time of the server until then: {ticks / os.sysconf('SC_CLK_TCK'):.2f} s")
            browser.open("about:blank")
            empty = browser.post(f"{browser.session}/execute/async", {"script": NOTHING, "args": []})
            print(f"frames that do nothing, here and now: {empty:.0f} frames/s")
            browser.open(f"{server.address}run/{run}")
            browser.wait("document.body.dataset.ready === '1'", timeout=60)
            for parts, words in ((1.5, "nearly all"), (20, "a twentieth"), (2000, "a two-thousandth")):
                frames, drawn = map(sorted, browser.post(f"{browser.session}/execute/async", {"script": PAN, "args": [parts]}))
                median, late = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
                print(f"panning, {words} of the run in the window: {len(frames) / 3:.0f} frames/s (goal 30), "
                      f"median {median:.1f} ms, 0.95 quantile {late:.1f} ms; drawing one takes {drawn[len(drawn) // 2]:.1f} ms")
            begin = time.monotonic()
            browser.open(f"{server.address}run/{run}")
            browser.wait("document.querySelector('#diagram')?.dataset.ready === '1'", timeout=60)
            print(f"first picture again: {time.monotonic() - begin:.2f} s")
        finally:
            browser.stop()
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
