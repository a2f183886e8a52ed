"""Parquet, in blocks of rows."""

from collections.abc import Iterator

from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import HeldFile
from adtrack_pipeline.intake.reading.rows import Header, Item, RawRow, normalised, repeated

BATCH_ROWS = 5_000


def read_parquet(file: HeldFile) -> Iterator[Item]:
    """The columns of a Parquet file, then its rows; numbered from 1, as there is no header line.

    Raises:
        RefusedError: truncated, damaged, or a column twice.
    """
    import pyarrow as pa  # noqa: PLC0415 - half a second
    import pyarrow.parquet as pq  # noqa: PLC0415

    number = 0
    try:
        with pq.ParquetFile(file.path, memory_map=False, pre_buffer=False) as table:
            names = tuple(normalised(one) for one in table.schema_arrow.names)
            if twice := repeated(names):
                raise RefusedError(f"{file.name} has the column {twice} twice: leave one of them out.")
            yield Header(names)
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                columns = [column.to_pylist() for column in batch.columns]
                for number, values in enumerate(zip(*columns, strict=True), number + 1):  # noqa: B020
                    yield RawRow(number, names, values, None)
    except (pa.ArrowException, OSError, ValueError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise RefusedError(f"{file.name} is a truncated or damaged Parquet file: {said}") from None
