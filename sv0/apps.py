"""Which contrib apps need ObjectId keys, and what runs when the process starts?"""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.contrib.auth.apps import AuthConfig as DjangoAuthConfig
from django.contrib.contenttypes.apps import ContentTypesConfig as DjangoContentTypesConfig
from django_q.apps import DjangoQConfig

OBJECT_ID = "django_mongodb_backend.fields.ObjectIdAutoField"


class AdminConfig(DjangoAdminConfig):
    """The Django admin with our site, its log entries keyed by ObjectId."""

    default_auto_field = OBJECT_ID
    default_site = "sv0.site.StaffSite"


class AuthConfig(DjangoAuthConfig):
    """Groups and permissions keyed by ObjectId."""

    default_auto_field = OBJECT_ID


class ContentTypesConfig(DjangoContentTypesConfig):
    """Content types keyed by ObjectId."""

    default_auto_field = OBJECT_ID


class QueueConfig(DjangoQConfig):
    """django-q2, its tasks and schedules keyed by ObjectId."""

    default_auto_field = OBJECT_ID


class Sv0Config(AppConfig):
    """The wiring: logs and the checks that refuse an unsafe production."""

    name = "sv0"

    def ready(self) -> None:
        from sv0 import checks  # noqa: F401  (registers them)
        from sv0.logs import configure
        from sv0.ordering import follow_indexes

        follow_indexes()
        configure(level=settings.LOG_LEVEL)
