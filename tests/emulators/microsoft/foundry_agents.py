"""How does AI Foundry tell an agent? The forms of its several kinds, texts being canaries."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulators.microsoft.arm_estate import Row

MADE = 1_741_000_000  # seconds since 1970


def prompt(name: str, *, model: str, tools: Sequence[Mapping[str, Any]], **told: Any) -> Row:
    """A model with instructions and tools."""
    said = {
        "kind": "prompt",
        "model": model,
        "instructions": f"CANARY-instructions-{name}",
        "temperature": 0.7,
        "tools": list(tools),
    }
    return agent(name, said, **told)


def hosted(name: str, *, image: str, variables: Mapping[str, str], **told: Any) -> Row:
    """A container of the customer's own."""
    said = {
        "kind": "hosted",
        "cpu": "1",
        "memory": "2Gi",
        "container_configuration": {"image": image},
        "environment_variables": dict(variables),
        "protocol_versions": [{"protocol": "responses", "version": "v1"}],
    }
    return agent(name, said, **told)


def workflow(name: str, *, text: str, **told: Any) -> Row:
    """Steps, written in YAML."""
    return agent(name, {"kind": "workflow", "workflow": text}, **told)


def agent(
    name: str,
    definition: Row,
    *,
    version: int = 1,
    state: str = "enabled",
    identity: Row | None = None,
    blueprint: str | None = None,
) -> Row:
    """An agent with its latest version, and the identity it has in Entra where it has one."""
    own: Row = {"instance_identity": identity} if identity else {}
    if blueprint:
        own |= {"blueprint_reference": {"type": "ManagedAgentIdentityBlueprint", "blueprint_id": blueprint}}
    latest = {
        "object": "agent.version",
        "id": f"{name}:{version}",
        "name": name,
        "version": str(version),
        "description": f"CANARY-description-{name}",
        "created_at": MADE + version,
        "metadata": {"note": "CANARY-metadata"},
        "status": "active",
        "definition": definition,
        **own,
    }
    endpoint = {"authorization_schemes": [{"type": "Entra"}], "publish_approval_status": "not_published"}
    told = {"object": "agent", "id": name, "name": name, "state": state, "versions": {"latest": latest}}
    return {**told, "agent_endpoint": endpoint, **own}


def classic(id: str, *, name: str, model: str, tools: Sequence[Mapping[str, Any]]) -> Row:  # noqa: A002 - OpenAI's word
    """An agent of the older kind, as OpenAI's Assistants tell them."""
    return {
        "id": id,
        "object": "assistant",
        "created_at": MADE,
        "name": name,
        "description": "CANARY-description",
        "model": model,
        "instructions": f"CANARY-instructions-{name}",
        "tools": list(tools),
        "tool_resources": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "response_format": "auto",
        "metadata": {"note": "CANARY-metadata"},
    }
