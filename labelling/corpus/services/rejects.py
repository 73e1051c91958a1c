"""Bad lines: told to whoever imports, and set aside so that they can be mended and imported again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from labelling.corpus.importers import Line

SHOWN = 20  # reasons kept for the terminal; all of them are in the file
REASONS_A_LINE = 5
REASON_LIMIT = 1_000  # characters


@dataclass
class Rejects:
    """A JSON object a bad line: ``file``, ``line``, ``reason``, ``text``. The file is made by the first one.

    ``text`` is the line as it stood; ``text.encode(errors="surrogateescape")`` gives its very bytes, UTF-8 or not.
    """

    path: Path
    count: int = 0
    shown: list[str] = field(default_factory=list)
    _file: IO[str] | None = None

    def add(self, *, file: str, line: Line, reasons: Sequence[str]) -> None:
        """Set one line aside for all its reasons."""
        reason = "; ".join(reasons[:REASONS_A_LINE]) + ("; …" if len(reasons) > REASONS_A_LINE else "")
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"{file}:{line.number}: {reason[:REASON_LIMIT]}")
        text = line.as_reject().decode(errors="surrogateescape")
        row = {"file": file, "line": line.number, "reason": reason[:REASON_LIMIT], "text": text}
        self._opened().write(json.dumps(row) + "\n")

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _opened(self) -> IO[str]:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # bad lines may hold anything
            self._file = self.path.open("a", encoding="ascii")
        return self._file
