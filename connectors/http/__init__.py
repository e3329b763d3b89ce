"""How does a source talk HTTP: patiently, to nobody but the system it was pointed at?"""

from connectors.http.answers import (
    Answer,
    Gone,
    HttpError,
    NotFound,
    Refused,
    SignInFailed,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreadable,
    trouble,
)
from connectors.http.client import Client, pages
from connectors.http.endpoints import Untrusted, endpoint, placed

__all__ = [
    "Answer",
    "Client",
    "Gone",
    "HttpError",
    "NotFound",
    "Refused",
    "SignInFailed",
    "Throttled",
    "Unauthorized",
    "Unavailable",
    "Unreadable",
    "Untrusted",
    "endpoint",
    "pages",
    "placed",
    "trouble",
]
