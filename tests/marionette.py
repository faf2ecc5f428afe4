"""Control Firefox through its own remote protocol (Marionette), without a driver.

    with firefox(folder) as browser:
        browser.open(url)
        browser.run("return document.title")

A message is its length in characters, a colon, and JSON: [0, number, command, parameters] out, [1, number, error, result] back.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEYS = {
    "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009", "Escape": "\ue00c", "Tab": "\ue004", "End": "\ue010",
    "ArrowUp": "\ue013",
}  # fmt: skip
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SETTINGS = {  # no host but this machine is asked, whatever the browser would like to look up
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1",
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,
    "intl.accept_languages": "en",
}


def firefox_path() -> str | None:
    """The path of a Firefox, or None."""
    return os.environ.get("DESCENT_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.number = 0
        self.receive()  # it greets first
        self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"unhandledPromptBehavior": "accept"}}})
        self.ask("WebDriver:SetTimeouts", {"script": 60_000, "pageLoad": 60_000, "implicit": 0})

    def receive(self) -> Any:
        """The next message. Raises ConnectionError if Firefox has ended."""
        head = b""
        while not head.endswith(b":"):
            byte = self.socket.recv(1)
            if not byte:
                raise ConnectionError("Firefox has closed the connection")
            head += byte
        remaining, parts = int(head[:-1]), []
        while remaining:
            parts.append(self.socket.recv(min(remaining, 65_536)))
            if not parts[-1]:
                raise ConnectionError("Firefox has closed the connection")
            remaining -= len(parts[-1])
        return json.loads(b"".join(parts))

    def ask(self, command: str, parameters: dict | None = None) -> Any:
        """Firefox's answer. Raises RuntimeError with its error."""
        self.number += 1
        data = json.dumps([0, self.number, command, parameters or {}]).encode()
        self.socket.sendall(f"{len(data)}:".encode() + data)
        _, number, error, result = self.receive()
        assert number == self.number
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def open(self, url: str) -> None:
        self.ask("WebDriver:Navigate", {"url": url})

    def reload(self) -> None:
        self.ask("WebDriver:Refresh")

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns in the page."""
        return self.ask("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})["value"]

    def wait(self, script: str, *arguments: Any, seconds: float = 60) -> Any:
        """The first truthy value of an expression. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(f"return {script}", *arguments):
                return value
            time.sleep(0.1)
        raise TimeoutError(f"never true: {script}")

    def find(self, selector: str) -> str:
        result = self.ask("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return result["value"][ELEMENT]

    def click(self, selector: str) -> None:
        self.ask("WebDriver:ElementClick", {"id": self.find(selector)})

    def press(self, *keys: str) -> None:
        """Press these keys together, as "Control", "Enter"."""
        signs = [KEYS.get(key, key) for key in keys]
        steps = [{"type": "keyDown", "value": sign} for sign in signs]
        steps += [{"type": "keyUp", "value": sign} for sign in reversed(signs)]
        self.ask("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def type(self, text: str) -> None:
        signs = text.replace("\n", KEYS["Enter"])
        steps = [{"type": action, "value": sign} for sign in signs for action in ("keyDown", "keyUp")]
        self.ask("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("WebDriver:TakeScreenshot", {"full": False})["value"]))


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A headless Firefox with a fresh profile in `folder`. Raises RuntimeError where it does not come up."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in SETTINGS.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [firefox_path(), "--headless", "--no-remote", "--marionette", "--profile", str(profile)]
    environment = os.environ | {"HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    with open(folder / "firefox.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    browser = None
    try:
        browser = Firefox(port_of(process, profile, folder / "firefox.log"))
        yield browser
    finally:
        if browser:
            browser.socket.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def port_of(process: subprocess.Popen, profile: Path, log: Path, seconds: float = 90) -> int:
    """The port that Firefox listens on: it writes it into its profile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            return int((profile / "MarionetteActivePort").read_text())
        except (OSError, ValueError):
            time.sleep(0.2)
    raise RuntimeError(f"Firefox did not come up: {log.read_text(errors='replace')[-2000:]}")
