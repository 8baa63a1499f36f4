"""Bodies of posted forms as browsers write them (RFC 7578): werkzeug's own encoder leaves out a line break where a
value is empty."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from werkzeug.datastructures import FileStorage


def multipart(data: Mapping[str, Any]) -> tuple[str, bytes]:
    """The boundary, and the body: words, files (FileStorage), or lists of either."""
    boundary = f"----WebKitFormBoundary{secrets.token_hex(8)}"
    parts = [_part(name, value) for name, given in data.items() for value in _each(given)]
    return boundary, b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\n".encode()


def _each(given: Any) -> Iterator[Any]:
    yield from given if isinstance(given, list) else [given]


def _part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'
    if not isinstance(value, FileStorage):
        return f"{head}\r\n\r\n{value}\r\n".encode()
    filename = (value.filename or "").replace('"', "%22")
    kind = value.content_type or "application/octet-stream"
    return f'{head}; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + value.read() + b"\r\n"
