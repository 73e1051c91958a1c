"""The desk that people have: the sign-in form with its token, the guidelines page, and the API behind the page."""

import html
import http.client
import json
import re
import time
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from labelling.pipeline.simulation.work import Lease, Offer, SimulationFault

TRIES: Final = 8  # over 80 s: as long as a full minute's sign-ins are counted
LONGEST_PAUSE: Final = 20.0
AWAY: Final = (OSError, http.client.HTTPException)
TOKEN: Final = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
NUMBER: Final = re.compile(r'name="number" value="(\d+)"')
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


class HttpDesk:
    """One rater's own connection, cookies and token. A server that is away or busy is asked again for a while.

    Asking twice is safe: the draft has its number and the submit its UUID.
    """

    def __init__(
        self, url: str, *, campaign: str, timeout: float = 30.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SimulationFault(f"{url} is no address of a server: it begins with http:// or https://.")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._campaign = campaign
        self._cookies: dict[str, str] = {}
        self._token = ""
        self._sleep = sleep

    def sign_in(self, name: str, password: str) -> None:
        """Through the real form. Raises ``SimulationFault`` where the server does not let this rater in."""
        self._page("/accounts/login/", tries=1)  # a wrong address is told at once
        form = {"login": name, "password": password, "csrfmiddlewaretoken": self._token}
        status, _ = self._ask("POST", "/accounts/login/", urlencode(form), FORM)
        if status not in (http.HTTPStatus.FOUND, http.HTTPStatus.SEE_OTHER):
            raise SimulationFault(f"{self._origin} did not sign {name} in (status {status}).")
        self._page("/")  # the token changes with the sign-in

    def read_guidelines(self) -> None:
        path = f"/guidelines/{self._campaign}/"
        number = NUMBER.search(self._page(path))
        if number is None:
            raise SimulationFault(f"{path} has no guidelines to agree to.")
        form = {"number": number[1], "csrfmiddlewaretoken": self._token}
        self._ask("POST", path, urlencode(form), FORM)

    def claim(self) -> Offer:
        return self._json("POST", f"/api/campaigns/{self._campaign}/claim/", {})

    def draft(self, lease: Lease, document: Mapping[str, Any]) -> None:
        self._json("PUT", lease["draft_url"], document)

    def submit(self, lease: Lease, document: Mapping[str, Any]) -> Offer:
        return self._json("POST", lease["submit_url"], document)

    def close(self) -> None:
        self._connection.close()

    def _page(self, path: str, *, tries: int = TRIES) -> str:
        status, page = self._ask("GET", path, tries=tries)
        if status != http.HTTPStatus.OK:
            raise SimulationFault(f"{self._origin}{path} answered with status {status}.")
        found = TOKEN.search(page)
        self._token = html.unescape(found[1]) if found else self._token
        return page

    def _json(self, method: str, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        status, body = self._ask(method, path, json.dumps(document), JSON)
        if not http.HTTPStatus.OK <= status < http.HTTPStatus.MULTIPLE_CHOICES:
            raise SimulationFault(f"{method} {self._origin}{path} answered with status {status}: {body[:300]}")
        answer: dict[str, Any] = json.loads(body) if body else {}
        return answer

    def _ask(
        self, method: str, path: str, body: str | None = None, kind: str = "", *, tries: int = TRIES
    ) -> tuple[int, str]:
        for attempt in range(tries):
            last = attempt == tries - 1
            try:
                status, text = self._once(method, path, body, kind)
            except AWAY as error:
                self._connection.close()
                if last:
                    raise SimulationFault(f"{self._origin} cannot be reached: {error}") from error
            else:
                busy = status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or status == http.HTTPStatus.TOO_MANY_REQUESTS
                if not busy or last:
                    return status, text
            self._sleep(min(LONGEST_PAUSE, 0.25 * 4**attempt))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: str | None, kind: str) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            # Django asks for the referrer of every form over HTTPS.
            headers |= {"Content-Type": kind, "X-CSRFToken": self._token, "Referer": f"{self._origin}/"}
        self._connection.request(method, path, None if body is None else body.encode(), headers)
        answer = self._connection.getresponse()
        text = answer.read().decode(errors="replace")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self._cookies.update({name: one.value for name, one in SimpleCookie(cookie).items()})
        return answer.status, text
