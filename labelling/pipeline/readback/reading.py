"""A file's lines to judgements, and judgements to batches. Plain."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from labelling.corpus.importers import BadLine, Line, SampleRecord
from labelling.corpus.text import ANSWER_BYTES
from labelling.pipeline.readback.batches import Batch, Entry, uuid_of
from labelling.pipeline.readers import READERS, Judgement, ReadContext, Reader

UNKNOWN = "unknown"


def batches_of(
    lines: Iterable[Line], path: str, format_name: str, context: ReadContext, campaign: str, *, held_out: bool
) -> Iterator[Batch]:
    """Whole lines' judgements, with all that can be worked out of them before the database is asked."""
    batch, reader = Batch(), READERS[format_name]
    for line in lines:
        batch.lines += 1
        batch.bytes_read = line.bytes_read
        try:
            for judged in _judgements(line, reader, context):
                uuid = uuid_of(campaign, format_name, judged.identity)
                record = _record(judged, format_name, held_out)
                record.problem_key, record.solution_key  # noqa: B018  worked out now, beside the database
                batch.entries.append(Entry(path, line, judged, uuid, record))
                batch.bytes += 3 * len(judged.document)  # the line, what was decoded of it, and the document
        except BadLine as error:
            batch.bad.append((path, line, str(error)))
            batch.bytes += len(line.raw or b"")
        if batch.is_full:
            yield batch
            batch = Batch()
    if batch.lines:
        yield batch


def _judgements(line: Line, reader: Reader, context: ReadContext) -> list[Judgement]:
    if line.raw is not None and b"\x00" in line.raw:
        raise BadLine("holds a NUL character (U+0000): remove it")
    if reader.quick is not None and (judged := reader.quick(line)) is not None:
        return [judged]
    if line.obj is None:
        raise BadLine(line.error or "not readable")
    return list(reader.parse(line.obj, line, context))


def _record(judged: Judgement, format_name: str, held_out: bool) -> SampleRecord:
    text = "\n".join(judged.steps)
    return SampleRecord(
        problem=judged.problem,
        reference_answer=_indexable(judged.reference_answer),
        reference_solution=judged.reference_solution,
        generator=judged.generator or UNKNOWN,
        source=format_name,
        # Of what the sample is, so that it is the same one at the next import, whatever the file's order.
        sample_index=int.from_bytes(sha256(f"{text}\0{judged.answer}".encode()).digest()[:4]) >> 1,
        text=text,
        steps=tuple(judged.steps),
        final_answer=_indexable(judged.answer),
        held_out=held_out,
        external_id=judged.external_id,
    )


def _indexable(answer: str | None) -> str | None:
    """An answer that the corpus can hold; the document has it in any case."""
    return answer if answer and len(answer.encode()) <= ANSWER_BYTES else None
