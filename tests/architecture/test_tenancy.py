"""Can one tenant's data be reached from another's?"""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from tenants.models import TenantModel
from tests.architecture.tree import APPS, name, parsed, python_files

MODELS = [model for model in apps.get_models() if model.__module__.split(".")[0] in APPS]
OF_TENANTS = [model for model in MODELS if issubclass(model, TenantModel)]
NO_TENANT = {
    "Tenant",
    "User",
    "DeletionCertificate",
    "Session",
    "Grant",
    "Event",
    "Position",
}  # a session and what WorkOS says come first
# "Which tenants is this person in, or invited to?" is asked before there is a tenant.
BEFORE_THE_TENANT = {("Membership", "user alone"), ("Invitation", "email alone")}


def _may_cross_tenants(file: Path) -> bool:
    return file.stem in {"admin", "tasks", "jobs"} or bool({"admin", "management", "jobs"} & set(file.parts))


def _calls(file: Path, function: str) -> list[str]:
    return [
        f"{name(file)}:{node.lineno}"
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == function
    ]


def _first_fields(model: type[models.Model]) -> dict[str, str]:
    """The first field of every index and unique constraint that the model declares."""
    unique = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    named = {rule.name: rule.fields[0] if rule.fields else str(rule.expressions[0]) for rule in unique}
    named |= {
        index.name: index.fields[0] if index.fields else str(index.expressions[0]) for index in model._meta.indexes
    }
    named |= {f"unique_together {names}": names[0] for names in model._meta.unique_together}
    own = [field for field in model._meta.local_fields if not field.primary_key and field.name != "tenant"]
    return named | {
        f"{field.name} alone": field.name for field in own if field.unique or getattr(field, "db_index", False)
    }


def test_only_admin_commands_and_jobs_cross_tenants():
    elsewhere = [
        call for file in python_files(*APPS) if not _may_cross_tenants(file) for call in _calls(file, "across_tenants")
    ]
    assert elsewhere == []


def test_every_record_but_tenant_and_user_belongs_to_a_tenant():
    assert {model.__name__ for model in MODELS} - {model.__name__ for model in OF_TENANTS} <= NO_TENANT


@pytest.mark.parametrize("model", OF_TENANTS, ids=lambda model: model.__name__)
def test_indexes_and_unique_constraints_begin_with_the_tenant(model: type[models.Model]):
    others = {(model.__name__, rule) for rule, first in _first_fields(model).items() if first.lstrip("-") != "tenant"}
    assert others - BEFORE_THE_TENANT == set()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_names_its_collection_in_plain_words(model: type[models.Model]):
    table = model._meta.db_table
    assert "db_table" in model._meta.original_attrs, f"{model.__name__} sets no db_table"
    assert not table.startswith(f"{model._meta.app_label}_"), f"{table} is Django's default, not a word"
