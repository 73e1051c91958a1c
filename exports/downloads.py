"""A file sent in parts: single byte ranges, as a download that broke off asks for them (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from typing import IO, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags

BLOCK: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies behind the file's end."""


class Slice:
    """A part of an open file, block by block; closing it closes the file."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self.file, self.start, self.length = file, start, length

    def __iter__(self) -> Iterator[bytes]:
        with self.file:
            self.file.seek(self.start)
            left = self.length
            while left > 0 and (block := self.file.read(min(BLOCK, left))):
                left -= len(block)
                yield block

    def close(self) -> None:
        self.file.close()


def range_of(said: str, size: int) -> tuple[int, int] | None:
    """(first byte, how many); None where all is to be sent: several ranges, or none that makes sense.

    Raises ``Unsatisfiable``.
    """
    found = _RANGE.fullmatch(said.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
        if int(last) == 0:
            raise Unsatisfiable
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end - start + 1


def sent(request: HttpRequest, file: IO[bytes], *, size: int, tag: str, name: str) -> HttpResponseBase:
    """The answer: whole, a range of it, or that the client has it already. ``tag``: changes when the bytes do."""
    etag = f'"{tag}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if any(one in ("*", etag, f"W/{etag}") for one in known):
        file.close()
        return HttpResponse(status=304, headers=headers)
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    try:
        part = range_of(asked, size)
    except Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, length = part or (0, size)
    headers["Content-Length"] = str(length)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    status, kind = (200 if part is None else 206), "application/octet-stream"
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers, content_type=kind)
    return StreamingHttpResponse(Slice(file, start, length), status=status, headers=headers, content_type=kind)
