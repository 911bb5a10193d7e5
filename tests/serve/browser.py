"""A headless Chromium, driven by chromedriver over WebDriver and Chromium's own protocol; no package but Debian's."""

import base64
import json
import os
import re
import shutil
import subprocess
import time
import unittest
import urllib.request

SHOTS = os.path.join(os.path.abspath(os.environ.get("GYRE_BUILD", "build")), "screenshots")


def needed():
    """Skips, loudly, where there is no browser."""
    for program in ("chromedriver", "chromium"):
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"SKIPPED: no {program}: the page is not tested (Debian: chromium, chromium-driver)")


class Browser:
    def __init__(self):
        needed()
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        for line in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                break
        self.base = f"http://127.0.0.1:{found.group(1)}"
        arguments = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        capabilities = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                        "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": arguments}}
        session = self.post("/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{session['sessionId']}"
        self.size(1280, 900)

    def post(self, path, value):
        request = urllib.request.Request(self.base + path, json.dumps(value).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.loads(error.read())["value"]["message"]) from None

    def stop(self):
        request = urllib.request.Request(self.base + self.session, method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()

    def open(self, address):
        self.post(f"{self.session}/url", {"url": "about:blank"})  # a change after '#' alone would be no new page
        self.post(f"{self.session}/url", {"url": address})

    def js(self, script, *arguments):
        return self.post(f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, condition, *arguments, timeout=20):
        """Waits until the expression is true; its value."""
        end = time.monotonic() + timeout
        while True:
            value = self.js(f"return {condition};", *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never true: {condition}; the page says: {self.js('return document.body.innerText')[:2000]}")
            time.sleep(0.03)

    def protocol(self, command, **parameters):
        return self.post(f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height):
        self.protocol("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def mouse(self, kind, x, y, **more):
        self.protocol("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click_at(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def click(self, selector):
        self.js("const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'}); e.click();", selector)

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.protocol("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.innerText ?? null;", selector)

    def screenshot(self, name):
        os.makedirs(SHOTS, exist_ok=True)
        picture = self.protocol("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(os.path.join(SHOTS, f"{name}.png"), "wb") as file:
            file.write(base64.b64decode(picture))

    def whole_page(self, name, width):
        """A picture of all that would be seen by scrolling."""
        self.size(width, 900)
        time.sleep(0.2)
        self.size(width, min(self.js("return document.documentElement.scrollHeight;") + 10, 6000))
        time.sleep(0.3)
        self.screenshot(name)
        self.size(width, 900)

    def complaints(self):
        """What the page's console has, but what is not there to be found by design."""
        return [entry["message"] for entry in self.post(f"{self.session}/se/log", {"type": "browser"})
                if "favicon" not in entry["message"]]
