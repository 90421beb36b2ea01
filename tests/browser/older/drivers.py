"""Two browsers, spoken to in their own protocols, with nothing but the standard library.

Firefox speaks Marionette: JSON with its length before it, over a socket. Chromium speaks its debugging protocol: JSON
that ends with NUL, over two pipes.
"""

import base64
import json
import os
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_PATIENCE_S = 30.0
_CONTROL = "\ue009"
_NAMED = {"Enter": ("\ue007", 13), "Escape": ("\ue00c", 27), "ArrowDown": ("\ue015", 40), "ArrowUp": ("\ue013", 38)}
"""A key's name → how Marionette writes it, and its number on the keyboards of Windows."""


class Driver(ABC):
    """A browser with one page."""

    @abstractmethod
    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""

    @abstractmethod
    def run(self, script: str) -> Any:
        """Run the body of a function in the page and return what it returns."""

    @abstractmethod
    def press(self, key: str, *, control: bool = False) -> None:
        """Press a key and let it go."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type into what has the focus."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page another size."""

    @abstractmethod
    def picture(self) -> bytes:
        """Return what is seen, as PNG."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """Return what the browser found wrong with the page's scripts."""

    @abstractmethod
    def version(self) -> str:
        """Return what browser it is."""

    def wait(self, condition: str, patience_s: float = _PATIENCE_S) -> Any:
        """Wait until an expression of the page is true, and return what it is.

        Args:
            condition: the expression.
            patience_s: how long.

        Raises:
            AssertionError: it never is.
        """
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if found := self.run(f"return {condition};"):
                return found
            time.sleep(0.1)
        raise AssertionError(f"never true: {condition}\n{self.complaints()}")

    def click(self, selector: str) -> None:
        """Click what a selector finds."""
        self.run(f"document.querySelector({json.dumps(selector)}).click();")


class Firefox(Driver):
    """Firefox by Marionette."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._number = connection, 0
        self._read()
        self._call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"unhandledPromptBehavior": "accept"}}})
        self._call("WebDriver:SetTimeouts", {"pageLoad": int(1000 * _PATIENCE_S), "script": int(1000 * _PATIENCE_S)})

    def open(self, address: str) -> None:
        self._call("WebDriver:Navigate", {"url": address})

    def run(self, script: str) -> Any:
        return self._call("WebDriver:ExecuteScript", {"script": script, "args": []})["value"]

    def press(self, key: str, *, control: bool = False) -> None:
        code = _NAMED[key][0] if key in _NAMED else key
        keys = [_CONTROL, code] if control else [code]
        self._perform(
            [{"type": "keyDown", "value": one} for one in keys]
            + [{"type": "keyUp", "value": one} for one in reversed(keys)]
        )

    def type(self, text: str) -> None:
        self._perform([{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")])

    def resize(self, width: int, height: int) -> None:
        for _twice in range(2):
            inner = self.run("return [window.outerWidth - innerWidth, window.outerHeight - innerHeight];")
            self._call("WebDriver:SetWindowRect", {"width": width + inner[0], "height": height + inner[1]})

    def picture(self) -> bytes:
        return base64.b64decode(self._call("WebDriver:TakeScreenshot", {"full": False})["value"])

    def complaints(self) -> list[str]:
        self._call("Marionette:SetContext", {"value": "chrome"})
        try:
            told = self.run(
                "return Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError)"
                ".filter((one) => one.sourceName.startsWith('http') && !(one.flags & one.warningFlag)).map(String);"
            )
        finally:
            self._call("Marionette:SetContext", {"value": "content"})
        return list(told)

    def version(self) -> str:
        return str(self.run("return navigator.userAgent;"))

    def _perform(self, actions: list[dict[str, str]]) -> None:
        self._call("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})
        self._call("WebDriver:ReleaseActions", {})

    def _call(self, name: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        told = json.dumps([0, self._number, name, parameters]).encode()
        self._connection.sendall(b"%d:%s" % (len(told), told))
        _kind, number, error, result = self._read()
        assert number == self._number
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}")
        return result

    def _read(self) -> Any:
        length = b""
        while (one := self._receive(1)) != b":":
            length += one
        return json.loads(self._receive(int(length)))

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            some = self._connection.recv(size - len(received))
            if not some:
                raise ConnectionError("Firefox is gone")
            received += some
        return received


class Chromium(Driver):
    """Chromium by its debugging protocol."""

    def __init__(self, told: BinaryIO, heard: BinaryIO) -> None:
        self._told, self._heard, self._number, self._session = told, heard, 0, ""
        self._events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable", {})

    def open(self, address: str) -> None:
        self._events = [one for one in self._events if one["method"] != "Page.loadEventFired"]
        self._call("Page.navigate", {"url": address})
        while not any(one["method"] == "Page.loadEventFired" for one in self._events):
            self._read()

    def run(self, script: str) -> Any:
        asked = {"expression": f"(() => {{ {script} }})()", "returnByValue": True, "awaitPromise": True}
        found = self._call("Runtime.evaluate", asked)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str, *, control: bool = False) -> None:
        number = _NAMED[key][1] if key in _NAMED else ord(key.upper())
        pressed: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": number, "modifiers": 2 if control else 0}
        if not control and (len(key) == 1 or key == "Enter"):
            pressed["text"] = "\r" if key == "Enter" else key
        self._call("Input.dispatchKeyEvent", {"type": "keyDown", **pressed})
        self._call("Input.dispatchKeyEvent", {"type": "keyUp", **pressed | {"text": ""}})

    def type(self, text: str) -> None:
        self._call("Input.insertText", {"text": text})

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", size)

    def picture(self) -> bytes:
        return base64.b64decode(self._call("Page.captureScreenshot", {"format": "png"})["data"])

    def complaints(self) -> list[str]:
        self.run("return 1;")
        thrown = [one["params"] for one in self._events if one["method"] == "Runtime.exceptionThrown"]
        entries = [one["params"]["entry"] for one in self._events if one["method"] == "Log.entryAdded"]
        # What a server refuses is told on the page.
        return [str(one) for one in thrown] + [
            str(one) for one in entries if one["level"] == "error" and one["source"] != "network"
        ]

    def version(self) -> str:
        return str(self._call("Browser.getVersion", {})["product"])

    def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        told: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Target.", "Browser.")):
            told["sessionId"] = self._session
        self._told.write(json.dumps(told).encode() + b"\0")
        self._told.flush()
        number = self._number
        while True:
            answer = self._read()
            if answer.get("id") == number:
                break
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read(self) -> dict[str, Any]:
        received = bytearray()
        while (one := self._heard.read(1)) != b"\0":
            if not one:
                raise ConnectionError("Chromium is gone")
            received += one
        message: dict[str, Any] = json.loads(received)
        if message.get("method") == "Page.javascriptDialogOpening":
            self._answer_dialog()
        elif "method" in message:
            self._events.append(message)
        return message

    def _answer_dialog(self) -> None:
        """Leave the page although it asks: nobody waits for the answer."""
        self._number += 1
        told = {"id": self._number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
        self._told.write(json.dumps(told | {"sessionId": self._session}).encode() + b"\0")
        self._told.flush()


@contextmanager
def firefox(program: str, folder: Path) -> Iterator[Driver]:
    """Run a Firefox without a window.

    Args:
        program: where it is.
        folder: for its profile; new.

    Yields:
        The browser.
    """
    folder.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "marionette.port": port, "intl.accept_languages": "zh-CN", "ui.prefersReducedMotion": 1,
        "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
        "app.update.disabledForTesting": True, "network.captive-portal-service.enabled": False,
    }  # fmt: skip
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen([*command, "--profile", str(folder)], stdout=log, stderr=log)
    try:
        yield Firefox(_connected(port, process))
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Driver]:
    """Run a Chromium without a window.

    Args:
        program: where it is.
        folder: for its profile; new.

    Yields:
        The browser.
    """
    folder.mkdir(parents=True)
    (its_in, told), (heard, its_out) = os.pipe(), os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--lang=zh-CN"]
    # The browser reads its third and writes its fourth file.
    command = [program, *options, f"--user-data-dir={folder}"]
    started = ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "bash", *command]
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(started, pass_fds=(its_in, its_out), stdout=log, stderr=log)
    os.close(its_in)
    os.close(its_out)
    with os.fdopen(told, "wb") as writing, os.fdopen(heard, "rb") as reading:
        try:
            yield Chromium(writing, reading)
        finally:
            process.terminate()
            process.wait(60)


def _connected(port: int, process: "subprocess.Popen[bytes]") -> socket.socket:
    deadline = time.monotonic() + 2 * _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=2 * _PATIENCE_S)
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("Firefox did not come up")
