"""How are a connection's secrets sealed, so that neither the database nor a copy of it gives them away?

Envelope encryption with MongoDB's client-side encryption: one data key per tenant in the collection `key_vault`,
wrapped by the master key, which only the process's environment knows. Sealed values are authenticated and differ each
time (AEAD_AES_256_CBC_HMAC_SHA_512_Random).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from bson import Binary
from bson.codec_options import CodecOptions
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database
from pymongo.encryption import Algorithm, ClientEncryption  # type: ignore[attr-defined]
from pymongo.errors import DuplicateKeyError, EncryptionError

from tenants.models import Tenant

KEY_VAULT = "key_vault"
MASTER_KEY_BYTES = 96  # what MongoDB's local key provider takes
ENCRYPTED = 6  # BSON's binary subtype of a sealed value


class Unreadable(Exception):
    """A sealed value doesn't open: another MASTER_KEY sealed it, or it was altered. The message names no value."""


def seal(tenant: Tenant, values: Mapping[str, str]) -> dict[str, str]:
    """The values as base64 ciphertext that fits a holder's `sealed`. Unreadable when MASTER_KEY isn't the tenant's."""
    if not values:
        return {}
    with _encryption() as encryption:
        name = _data_key(encryption, tenant)
        return {setting: _sealed(encryption, value, key_name=name) for setting, value in values.items()}


class Holder(Protocol):
    """Whatever keeps settings, the secret ones sealed: a connection."""

    settings: Any
    sealed: Any


def opened(holder: Holder) -> dict[str, Any]:
    """Its settings with the secret ones in clear: for whoever calls the system with them, and nothing else."""
    if not holder.sealed:
        return dict(holder.settings)
    with _encryption() as encryption:
        clear = {setting: _opened(encryption, sealed) for setting, sealed in holder.sealed.items()}
    return {**holder.settings, **clear}


def _sealed(encryption: ClientEncryption[dict[str, Any]], value: str, *, key_name: str) -> str:
    try:
        ciphertext = encryption.encrypt(value, Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random, key_alt_name=key_name)
    except EncryptionError as error:
        raise _unreadable() from error
    return base64.b64encode(ciphertext).decode()


def _opened(encryption: ClientEncryption[dict[str, Any]], sealed: str) -> str:
    try:
        return str(encryption.decrypt(Binary(base64.b64decode(sealed), ENCRYPTED)))
    except (EncryptionError, binascii.Error) as error:
        raise _unreadable() from error


def _unreadable() -> Unreadable:
    return Unreadable(
        "The stored credentials can't be opened with this MASTER_KEY. Enter them again, or restore the key."
    )


@contextmanager
def _encryption() -> Iterator[ClientEncryption[dict[str, Any]]]:
    database.ensure_connection()
    encryption = ClientEncryption[dict[str, Any]](
        kms_providers={"local": {"key": master_key()}},
        key_vault_namespace=f"{database.settings_dict['NAME']}.{KEY_VAULT}",
        key_vault_client=database.connection,
        codec_options=CodecOptions(),
    )
    with encryption:
        yield encryption


def master_key() -> bytes:
    """MASTER_KEY's 96 bytes. ImproperlyConfigured, without showing it, when it isn't the base64 of so many."""
    try:
        key = base64.b64decode(settings.MASTER_KEY, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise ImproperlyConfigured(f"MASTER_KEY must be base64 of {MASTER_KEY_BYTES} random bytes.")
    return key


def _data_key(encryption: ClientEncryption[dict[str, Any]], tenant: Tenant) -> str:
    """The alternate name of the tenant's data key, which exists afterwards, once, however many ask at a time."""
    name = str(tenant.pk)
    if encryption.get_key_by_alt_name(name) is None:
        vault = database.database[KEY_VAULT]  # type: ignore[attr-defined]
        named = {"keyAltNames": {"$exists": True}}
        vault.create_index("keyAltNames", unique=True, partialFilterExpression=named)
        try:
            encryption.create_data_key("local", key_alt_names=[name])
        except EncryptionError as error:
            if not isinstance(error.cause, DuplicateKeyError):
                raise
    return name
