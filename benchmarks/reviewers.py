"""Reviewers who decide about drafts over HTTP, each with a session of their own, and remember what they were told.

The site may die at any moment under them. Whoever got no answer asks again once it is back, as a person would; what
they remember is held against the tables afterwards.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import httpx

Kind = Literal["accept", "edit", "reject"]

_PAUSE_S = 0.15
_AGAIN_S = 0.3
_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Decision:
    """One draft, and what is to become of it.

    Attributes:
        image: whose draft it is.
        annotation: the draft.
        field: of the record.
        kind: what is decided.
        value: the draft's words or, for `edit`, the reviewer's own.
        told: how it ended: `done`, or `was done` where the answer to an earlier try was lost; empty while open.
        tries: how often it was sent.
    """

    image: int
    annotation: int
    field: str
    kind: Kind
    value: str
    told: str = ""
    tries: int = 0


@dataclass(slots=True)
class Reviewer:
    """One person at a browser.

    Attributes:
        address: of the site.
        name: of the account.
        password: likewise.
        todo: what to decide, in this order.
        sign_ins: how often they had to sign in.
        strange: answers that nobody expects.
    """

    address: str
    name: str
    password: str
    todo: Sequence[Decision]
    sign_ins: int = 0
    strange: list[str] = field(default_factory=list)
    _leaving: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Decide one after the other, in a thread."""
        self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Stop, after the decision in hand."""
        self._leaving.set()
        if self._thread is not None:
            self._thread.join(_TIMEOUT_S)

    @property
    def open(self) -> int:
        """Return how many decisions are still to be made."""
        return sum(not decision.told for decision in self.todo)

    def _work(self) -> None:
        with httpx.Client(base_url=self.address, timeout=_TIMEOUT_S, trust_env=False) as browser:
            for decision in self.todo:
                while not decision.told and not self._leaving.is_set():
                    try:
                        self._decide(browser, decision)
                    except httpx.HTTPError:
                        time.sleep(_AGAIN_S)  # the site is gone; whether it had heard us nobody knows
                if self._leaving.wait(_PAUSE_S):
                    return

    def _decide(self, browser: httpx.Client, decision: Decision) -> None:
        if "sessionid" not in browser.cookies:
            self._sign_in(browser)
        decision.tries += 1
        form = {
            "decision": decision.kind,
            "field": decision.field,
            "annotation": decision.annotation,
            "value": decision.value,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        answer = browser.post(f"/admin/catalog/image/{decision.image}/review/", data=form)
        if answer.status_code == HTTPStatus.FOUND and "login" not in answer.headers["location"]:
            decision.told = "done"
        elif answer.status_code == HTTPStatus.CONFLICT and decision.tries > 1:
            decision.told = "was done"
        elif answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            time.sleep(_AGAIN_S)
        else:
            self.strange.append(f"{answer.status_code} {answer.headers.get('location', '')}")
            browser.cookies.delete("sessionid")
            time.sleep(_AGAIN_S)

    def _sign_in(self, browser: httpx.Client) -> None:
        browser.get("/login/").raise_for_status()
        form = {"username": self.name, "password": self.password}
        answer = browser.post("/login/", data={**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        if answer.status_code != HTTPStatus.FOUND:
            answer.raise_for_status()
        self.sign_ins += 1
