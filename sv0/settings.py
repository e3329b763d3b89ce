"""What is configured, and from which variable of the environment?

`SV0_ENV=development` (what the Makefile sets) fills in what a laptop needs. Without it every secret must be given, and
`sv0.checks` refuses what would be unsafe in production.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from sv0 import env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
SV0_ENV = env.text("SV0_ENV", "production")
DEVELOPMENT = SV0_ENV == "development"
if SV0_ENV not in {"production", "development"}:
    raise ImproperlyConfigured(f"SV0_ENV is {SV0_ENV!r}: say production or development.")


def _development_only(value: str) -> str | None:
    return value if DEVELOPMENT else None


DEBUG = env.flag("DEBUG")
DEVELOPMENT_KEY = "development-only-" + "not-a-secret-" * 4
SECRET_KEY = env.text("SECRET_KEY", _development_only(DEVELOPMENT_KEY))
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
AUDIT_KEY = env.text("AUDIT_KEY", _development_only(DEVELOPMENT_KEY + "audit")).encode()
DEVELOPMENT_MASTER_KEY = base64.b64encode(hashlib.sha512(b"sv0 development").digest() + b"x" * 32).decode()
MASTER_KEY = env.text("MASTER_KEY", _development_only(DEVELOPMENT_MASTER_KEY))

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost" if DEVELOPMENT else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SINGLE_TENANT_SLUG = env.text("SINGLE_TENANT_SLUG", "")
BASE_URL = env.text("BASE_URL", _development_only("http://127.0.0.1:8000"))

MONGODB_URI = env.text("MONGODB_URI", _development_only("mongodb://127.0.0.1:27017/?replicaSet=rs0"))
MONGODB_NAME = env.text("MONGODB_NAME", "sv0")
DATABASES = {
    "default": {
        "ENGINE": "django_mongodb_backend",
        "HOST": MONGODB_URI,
        "NAME": MONGODB_NAME,
        "OPTIONS": {"w": "majority", "tz_aware": False, "serverSelectionTimeoutMS": 5000, "appname": "sv0"},
    }
}
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
ALLAUTH_DEFAULT_AUTO_FIELD = DEFAULT_AUTO_FIELD
# The contrib apps' own migrations make integer keys, which MongoDB doesn't have.
CONTRIB = ("admin", "auth", "contenttypes", "account", "socialaccount", "mfa", "django_q")
MIGRATION_MODULES = {app: f"sv0.migrations.{app}" for app in CONTRIB}

INSTALLED_APPS = [
    "sv0.apps.AdminConfig",
    "sv0.apps.AuthConfig",
    "sv0.apps.ContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "lucide",
    "sv0.apps.QueueConfig",
    "tenants",
    "accounts",
    "accounts.workos",
    "connectors",
    "ticketing",
    "findings",
    "sv0.apps.Sv0Config",
]
MIDDLEWARE = [
    "sv0.headers.HeadersMiddleware",
    "sv0.direction.DirectionMiddleware",
    "sv0.health.HealthMiddleware",
    "sv0.logs.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.workos.middleware.GrantMiddleware",
    "accounts.middleware.SeenMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.overlay.ImpersonationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.TenantMiddleware",
]
ROOT_URLCONF = "sv0.urls"
WSGI_APPLICATION = "sv0.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "sv0.context.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_REQUIRED = {"password"}  # besides it; WorkOS has checked whom it sends
ACCOUNT_FORMS = {"request_login_code": "accounts.forms.CodeRequestForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # who types the mailed code has proven the address
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever's factor was added or removed hears of it
MFA_ADAPTER = "accounts.factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "sv0"
MFA_TOTP_TOLERANCE = 0
# Who signs in is WorkOS' to say where there's a key; else a code sent by e-mail.
WORKOS_API_KEY = env.text("WORKOS_API_KEY", "")
WORKOS_CLIENT_ID = env.text("WORKOS_CLIENT_ID", None if WORKOS_API_KEY else "")
WORKOS_BASE_URL = env.text("WORKOS_BASE_URL", "https://api.workos.com/")
WORKOS_ISSUER = env.words("WORKOS_ISSUER", "https://api.workos.com,https://api.workos.com/")
WORKOS_WEBHOOK_SECRET = env.text("WORKOS_WEBHOOK_SECRET", "")
INTERNAL_ORG_ID = env.text("INTERNAL_ORG_ID", "")  # WorkOS' organization of internal staff, and of nobody else
SOCIALACCOUNT_ADAPTER = "accounts.workos.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # accounts.workos.admission asks WorkOS whether it is verified
SOCIALACCOUNT_STORE_TOKENS = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
CONSOLE_EMAIL = "django.core.mail.backends.console.EmailBackend"
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND", CONSOLE_EMAIL if DEVELOPMENT else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
EMAIL_SUBJECT_PREFIX = "[sv0] "
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "sv0 <no-reply@localhost>")

CACHES = {"default": {"BACKEND": "sv0.cache.MongoCache", "LOCATION": "cache"}}
SESSION_ENGINE = "accounts.session"
SESSION_SERIALIZER = "sv0.mongo.SessionSerializer"
SESSION_COOKIE_NAME = "__Host-sv0"
CSRF_COOKIE_NAME = "__Host-sv0-csrf"
MESSAGE_STORAGE = "sv0.notices.NoticeStorage"  # in a cookie of such a name too
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True  # browsers keep Secure cookies on http://127.0.0.1 too
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
STAFF_SESSION_SECONDS = 8 * 60 * 60
IMPERSONATION_ENABLED = env.flag("IMPERSONATION_ENABLED", default="yes")  # "no" ends it for everybody who does
IMPERSONATION_MINUTES = min(env.number("IMPERSONATION_MINUTES", 60), 60)
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEVELOPMENT
SECURE_SSL_REDIRECT = not DEVELOPMENT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = None if DEVELOPMENT else Path(env.text("STATIC_ROOT", str(BASE_DIR / ".static")))  # else: finders
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

TENANT_WORK = "connectors.ending"  # what runs for a tenant, and what is left of it besides records
AFTER_SCAN = "findings.evaluation.evaluate"  # what a scan calls once its inventory is written
RULES_NEEDING = "findings.evaluator.needing"  # names the rules that are blind without some kinds of coverage
SCAN_LEASE_SECONDS = env.number("SCAN_LEASE_SECONDS", 60)
SCAN_TIMEOUT_SECONDS = env.number("SCAN_TIMEOUT_SECONDS", 6 * 60 * 60)
HISTORY_DAYS = env.number("HISTORY_DAYS", 730)  # how far back the inventory's changes are kept
Q_CLUSTER = {
    "name": "sv0",
    "orm": "default",
    "workers": env.number("WORKERS", 2),
    "timeout": SCAN_TIMEOUT_SECONDS,
    "retry": SCAN_TIMEOUT_SECONDS + 600,  # must exceed timeout: a task is handed out again after `retry`
    "max_attempts": 3,
    "ack_failures": True,
    "poll": 1,
    "save_limit": 1000,
    "catch_up": False,
    "bulk": 1,
}

LOGGING_CONFIG = None  # sv0.logs configures structlog and the standard library together
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
