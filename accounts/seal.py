"""How is a small secret of a person's sign-in kept, so that a copy of the database opens nothing?

Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from SECRET_KEY and its fallbacks: a rotated SECRET_KEY keeps
what was sealed under the one before it, for as long as that one stays among SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@dataclass(frozen=True, slots=True)
class Seal:
    """Closes and opens secrets of one purpose; what another purpose sealed stays shut."""

    purpose: bytes

    def close(self, secret: str) -> str:
        """The secret, encrypted."""
        return self._fernet().encrypt(secret.encode()).decode()

    def open_(self, sealed: str) -> str | None:
        """The secret; None when no key of ours opens it."""
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def _fernet(self) -> MultiFernet:
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return MultiFernet([Fernet(self._key(secret)) for secret in secrets])

    def _key(self, secret: str) -> bytes:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=self.purpose).derive(secret.encode())
        return base64.urlsafe_b64encode(derived)


REFRESH_TOKEN = Seal(b"sv0 refresh token of a WorkOS session")
FACTOR = Seal(b"sv0 second factor of a person")
