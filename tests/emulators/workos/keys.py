"""With what does the emulator sign?"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding


@dataclass(frozen=True)
class Key:
    """An RSA key and the id that tokens name it by."""

    kid: str
    private: RSAPrivateKey

    def sign(self, payload: dict[str, Any]) -> str:
        """A token, RS256."""
        return jwt.encode(payload, self.private, algorithm="RS256", headers={"kid": self.kid})

    def published(self) -> dict[str, Any]:
        """As a JSON web key, with a certificate of its own as WorkOS has one."""
        jwk: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        der = self._certificate().public_bytes(Encoding.DER)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
        return {
            **{name: jwk[name] for name in ("kty", "n", "e")},
            "alg": "RS256",
            "use": "sig",
            "kid": self.kid,
            "x5c": [base64.b64encode(der).decode()],
            "x5t#S256": thumbprint,
        }

    def _certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.kid)])
        now = datetime.now(UTC)
        return (x509.CertificateBuilder(name, name, self.private.public_key(), 1, now, now + timedelta(days=1))).sign(
            self.private, SHA256()
        )


@cache
def key(kid: str) -> Key:
    """The key of that name, the same one all through a run of the tests: making one takes a while."""
    return Key(kid, generate_private_key(public_exponent=65537, key_size=2048))
