"""What the tests of this folder share: reading a file from text, and the findings as short lines."""

import io

from modelx.domain.book import FileColumns, FindingLog
from modelx.files.book_files import BY_NAME
from modelx.files.csv_columns import read_columns


def read(name: str, content: str | bytes) -> tuple[FileColumns | None, FindingLog]:
    log = FindingLog()
    data = content if isinstance(content, bytes) else content.encode()
    return read_columns(io.BytesIO(data), BY_NAME[name], log, lambda _: None), log


def told(log: FindingLog) -> list[str]:
    return [f"{finding.source} {finding.code}" for finding in log.kept]
