"""What a rater's browser does of HTTP, as cheaply as Python can: the client must not eat the servers' processors.

One kept connection, the session's cookie, the page's CSRF token. http.client would cost several times as much.
"""

import re
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 15.0  # the page's own
FORM = "application/x-www-form-urlencoded"
END_OF_HEAD = b"\r\n\r\n"
PAGE_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
USUAL_HEADERS = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept-Language: en-GB,en;q=0.7\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
)


class Unreachable(Exception):
    """No answer: refused, reset, cut short or too late."""


class SignInFailed(Exception):
    """The sign-in form or the labelling page did not do what it does for a rater."""


@dataclass(slots=True)
class Answer:
    """``seconds``: from the first byte sent to the last one received."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


class Browser:
    """One person's browser on the product at a local port."""

    def __init__(self, port: int, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.port = port
        self.timeout = timeout
        self.origin = f"http://{HOST}:{port}"
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.referer = f"{self.origin}/"
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def send_json(self, method: str, path: str, body: bytes) -> Answer:
        """As the page's fetch does it."""
        return self.request(method, path, body, kind="application/json", extra=f"X-CSRFToken: {self.token}\r\n")

    def send_form(self, path: str, fields: dict[str, str]) -> Answer:
        return self.request("POST", path, urlencode(fields).encode(), kind=FORM)

    def request(self, method: str, path: str, body: bytes = b"", *, kind: str = "", extra: str = "") -> Answer:
        """Raises ``Unreachable``. A kept connection that the server has closed meanwhile is opened anew, once."""
        message = self._message(method, path, body, kind, extra)
        begun = time.perf_counter()
        kept = self._socket is not None
        try:
            answer = self._exchange(message, begun)
            if answer is None and kept:
                answer = self._exchange(message, begun)
        except OSError as error:
            self.close()
            raise Unreachable(str(error)) from error
        if answer is None:
            raise Unreachable("closed without an answer")
        self._remember(answer)
        return answer

    def sign_in(self, *, username: str, password: str, page: str) -> None:
        """By the form; then open the labelling page, whose token the API asks for. Raises ``SignInFailed``."""
        token = FORM_TOKEN.search(self.get("/accounts/login/").body.decode())
        if token is None:
            raise SignInFailed("the sign-in page has no form (are the static files built? make setup)")
        fields = {"csrfmiddlewaretoken": token[1], "login": username, "password": password}
        answer = self.send_form("/accounts/login/", fields)
        if answer.status != HTTPStatus.FOUND:
            raise SignInFailed(f"{username} was answered {answer.status}")
        self.open_page(page)

    def open_page(self, path: str) -> None:
        answer = self.get(path)
        token = PAGE_TOKEN.search(answer.body.decode())
        if answer.status != HTTPStatus.OK or token is None:
            raise SignInFailed(f"{path} was answered {answer.status} {answer.header('location')}")
        self.token = token[1]
        self.referer = f"{self.origin}{path}"

    def _message(self, method: str, path: str, body: bytes, kind: str, extra: str) -> bytes:
        cookie = "; ".join([f"{name}={value}" for name, value in self.cookies.items()])
        lines = [f"{method} {path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n{USUAL_HEADERS}"]
        lines.append("Accept: application/json\r\n" if extra else "Accept: text/html\r\n")
        lines.append(f"Cookie: {cookie}\r\n" if cookie else "")
        if method != "GET":
            lines.append(f"Origin: {self.origin}\r\nReferer: {self.referer}\r\n")
            lines.append(f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}")
        return "".join(lines).encode() + b"\r\n" + body

    def _exchange(self, message: bytes, begun: float) -> Answer | None:
        """Send and read; None where the connection ended before the first byte of an answer."""
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self.port), timeout=self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = self._socket
        try:
            connection.sendall(message)
            head = connection.recv(65_536)
        except (ConnectionResetError, BrokenPipeError):
            head = b""
        if not head:
            self.close()
            return None
        return self._read(connection, head, begun)

    def _read(self, connection: socket.socket, data: bytes, begun: float) -> Answer:
        while (end := data.find(END_OF_HEAD)) < 0:
            data += _more(connection)
        lines = data[:end].decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        answer = Answer(int(lines[0].split(" ", 2)[1]), headers, data[end + len(END_OF_HEAD) :], 0.0)
        length = int(answer.header("content-length") or 0)
        if answer.header("transfer-encoding"):
            raise Unreachable("a chunked answer, which the product's pages never are")
        while len(answer.body) < length:
            answer.body += _more(connection)
        answer.seconds = time.perf_counter() - begun
        if answer.header("connection").lower() == "close":
            self.close()
        return answer

    def _remember(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionResetError("cut short")
    return data
