"""How is a refresh token kept, so that a copy of the database opens nothing?

Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from SECRET_KEY and its fallbacks: a rotated SECRET_KEY keeps
the sessions that began under the one before it.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"sv0 refresh token of a WorkOS session"


def close(secret: str) -> str:
    """The secret, encrypted."""
    return _fernet().encrypt(secret.encode()).decode()


def open_(sealed: str) -> str | None:
    """The secret; None when no key of ours opens it."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
