"""Request bodies: read up to a limit, understood or refused in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM_BYTES = 4096
JSON_BYTES = 1024 * 1024


async def form(request: Request) -> Mapping[str, str]:
    """Return the fields of a posted form.

    Raises:
        HTTPException: 413 or 400.
    """
    text = _text(await _body(request, FORM_BYTES))
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=20, errors="strict"))
    except ValueError:
        raise HTTPException(400, "That is no form.") from None


async def json_object(request: Request) -> dict[str, object]:
    """Return the JSON object in a body; whatever text is in it can be written again.

    Raises:
        HTTPException: 413 or 400.
    """
    try:
        value = json.loads(_text(await _body(request, JSON_BYTES)))
        # JSON can spell halves of characters, and no page, log or table could take them.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return value


async def _body(request: Request, most: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise HTTPException(413, f"The body is larger than {most} bytes.")
    return bytes(content)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "The body is not UTF-8.") from None
