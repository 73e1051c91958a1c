"""Parquet shards as ``datasets`` names them: ``data/train-00000-of-00002.parquet``. Rows are held a group at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from exports.formats.base import DataRow

#: A row group: as many rows, or as many bytes of source text, whichever comes first.
GROUP_ROWS: Final = 1_000
GROUP_BYTES: Final = 16 * 2**20
SHARD_ROWS: Final = 50_000
FOLDER: Final = "data"


@dataclass
class Shards:
    """The shards of one split, in ``folder/data``; how many they are is in their names, so they get them at the end."""

    folder: Path
    split: str
    schema: pa.Schema
    rows_a_shard: int = SHARD_ROWS
    rows: int = 0
    _parts: list[Path] = field(default_factory=list)
    _waiting: list[DataRow] = field(default_factory=list)
    _weight: int = 0
    _writer: Any = None

    def write(self, rows: Sequence[DataRow], weight: int) -> None:
        """Add rows; ``weight``: about how many bytes they hold."""
        for row in rows:
            self._waiting.append(row)
            self.rows += 1
            if self.rows % self.rows_a_shard == 0:
                self._flush()
                self._end()
        self._weight += weight
        if len(self._waiting) >= GROUP_ROWS or self._weight >= GROUP_BYTES:
            self._flush()

    def close(self) -> list[Path]:
        """The finished shards; of a split without rows none, as ``datasets`` cannot load such a one."""
        if self._waiting:
            self._flush()
        self._end()
        named = []
        for at, part in enumerate(self._parts):
            named.append(part.with_name(f"{self.split}-{at:05}-of-{len(self._parts):05}.parquet"))
            part.rename(named[-1])
        return named

    def _flush(self) -> None:
        if self._writer is None:
            (self.folder / FOLDER).mkdir(exist_ok=True)
            self._parts.append(self.folder / FOLDER / f".{self.split}-{len(self._parts):05}.part")
            self._writer = pq.ParquetWriter(self._parts[-1], self.schema, compression="zstd")
        table = pa.Table.from_pylist(self._waiting, schema=self.schema)
        self._writer.write_table(table, row_group_size=GROUP_ROWS)
        self._waiting, self._weight = [], 0

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
