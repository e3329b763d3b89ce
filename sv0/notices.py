"""In which cookie does a word to the person wait for the next page?"""

from __future__ import annotations

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, under a name that browsers take from this host alone. A session may end with the very same request."""

    cookie_name = "__Host-sv0-notices"


class NoticeStorage(FallbackStorage):
    """The cookie; what is too long for it waits in the session."""

    storage_classes = (HostCookieStorage, SessionStorage)
