"""Bad lines: told to whoever imports, and set aside so that they can be mended and imported again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from labelling.corpus.importers import Line, Refusal

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

    def add_all(self, refusals: Iterable[Refusal]) -> bool:
        """Set lines aside, each once for all its reasons, and keep them; say whether there was one."""
        by_line: dict[tuple[str, int], tuple[Line, list[str]]] = {}
        for path, line, reason in refusals:
            by_line.setdefault((path, line.number), (line, []))[1].append(reason)
        for (path, _), (line, reasons) in sorted(by_line.items(), key=lambda one: one[0]):
            self.add(file=path, line=line, reasons=reasons)
        if self._file is not None:
            self._file.flush()
        return bool(by_line)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _opened(self) -> IO[str]:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # bad lines may hold anything
            self._file = self.path.open("a", encoding="ascii")
        return self._file
