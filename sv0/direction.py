"""May a name that somebody chose in another system turn the text of a page around?"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Overrides, embeddings and isolates: U+202A–U+202E, U+2066–U+2069. Text in any script reads right without them; with
# them "exe.png" may be an "…gnp.exe". https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
TURNING = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
SHOWN = "\N{REPLACEMENT CHARACTER}".encode()  # as many bytes


class DirectionMiddleware:
    """Shows in pages that such a character is there, in its place. Downloads keep what was read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            response.content = TURNING.sub(SHOWN, response.content)
        return response
