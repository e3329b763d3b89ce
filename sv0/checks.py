"""What makes a production unsafe? `manage.py check --deploy` refuses each of these; development may have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from tenants.models import Tenant


@register(Tags.security, deploy=True)
def production_is_safe(*, app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Debugging, development keys and sign-in, and an open MongoDB are errors outside development."""
    if settings.DEVELOPMENT:
        return []
    return [*_debug(), *_keys(), *_sign_in(), *_database()]


def _debug() -> list[CheckMessage]:
    if settings.DEBUG:
        return [Error("DEBUG is on.", hint="Unset DEBUG: its error pages show settings and data.", id="sv0.E001")]
    return []


def _keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, value in (("SECRET_KEY", settings.SECRET_KEY), ("AUDIT_KEY", settings.AUDIT_KEY.decode())):
        if value.startswith(settings.DEVELOPMENT_KEY) or len(value) < 50:
            hint = f"Set {name} (or {name}_FILE) to at least 50 random characters."
            found.append(Error(f"{name} is the development key or too short.", hint=hint, id="sv0.E002"))
    if settings.MASTER_KEY == settings.DEVELOPMENT_MASTER_KEY:
        hint = "Set MASTER_KEY (or MASTER_KEY_FILE) to 96 random bytes in base64."
        found.append(Error("MASTER_KEY is the development key.", hint=hint, id="sv0.E003"))
    return found


def _sign_in() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if "smtp" not in settings.EMAIL_BACKEND:
        hint = "Use SMTP: any other backend shows sign-in codes to whoever reads the console or a file."
        found.append(Error("Sign-in codes aren't sent by e-mail.", hint=hint, id="sv0.E004"))
    if settings.WORKOS_API_KEY and not settings.INTERNAL_ORG_ID:
        hint = "Set INTERNAL_ORG_ID to the WorkOS organization of internal staff (org_…)."
        found.append(Error("With WorkOS nobody could sign in as internal staff.", hint=hint, id="sv0.E009"))
    return found


def _database() -> list[CheckMessage]:
    # An srv address implies TLS and a replica set; reading it as a plain one asks no name server.
    by_dns = settings.MONGODB_URI.startswith("mongodb+srv://")
    try:
        uri = parse_uri(settings.MONGODB_URI.replace("mongodb+srv://", "mongodb://", 1), warn=False)
    except (PyMongoError, ValueError) as error:
        return [Error(f"MONGODB_URI can't be read: {error}", id="sv0.E005")]
    options = uri["options"]
    found: list[CheckMessage] = []
    if not uri["username"] and options.get("authMechanism") not in {"MONGODB-X509", "MONGODB-AWS", "MONGODB-OIDC"}:
        hint = "Create a user for sv0 and put it into MONGODB_URI."
        found.append(Error("MongoDB is used without authentication.", hint=hint, id="sv0.E006"))
    if not options.get("tls", by_dns):
        found.append(Error("MongoDB is used without TLS.", hint="Add tls=true to MONGODB_URI.", id="sv0.E007"))
    if not options.get("replicaSet") and not by_dns:
        hint = "Add replicaSet=… to MONGODB_URI: decisions and their audit need transactions."
        found.append(Error("MongoDB isn't addressed as a replica set.", hint=hint, id="sv0.E008"))
    return found


@register(Tags.database)
def internal_organization_is_no_tenants(*, databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """A client's identity provider must not be able to make staff. `migrate` and `check --database default` ask."""
    if not databases or not settings.INTERNAL_ORG_ID:
        return []
    tenant = Tenant.objects.filter(workos_organization_id=settings.INTERNAL_ORG_ID).first()
    if tenant is None:
        return []
    hint = "Give staff an organization of its own at WorkOS, and name that one."
    return [Error(f"INTERNAL_ORG_ID is the organization of the tenant {tenant.slug}.", hint=hint, id="sv0.E010")]
