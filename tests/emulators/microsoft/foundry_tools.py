"""How does AI Foundry tell the tools of an agent? What people wrote in them is a canary."""

from tests.emulators.microsoft.arm_estate import Row


def mcp(label: str, url: str, *, connection: str) -> Row:
    """A server of tools, asked without anybody's approval."""
    return {
        "type": "mcp",
        "server_label": label,
        "server_url": url,
        "project_connection_id": connection,
        "require_approval": "never",
        "allowed_tools": ["lookup", "update_salary"],
        "headers": {"x-key": "CANARY-mcp-header"},
        "authorization": "CANARY-mcp-token",
    }


def openapi(name: str, *servers: str, keys: str | None = None) -> Row:
    """An API by its description; signed in to by the keys of a connection, or by nobody."""
    auth: Row = {"type": "anonymous"}
    if keys:
        auth = {"type": "project_connection", "security_scheme": {"project_connection_id": keys}}
    info = {"title": "CANARY-title", "version": "1"}
    spec = {"openapi": "3.0.0", "info": info, "paths": {}, "servers": [{"url": url} for url in servers]}
    told = {"name": name, "description": "CANARY-tool-description", "spec": spec, "auth": auth}
    return {"type": "openapi", "openapi": told}


def azure_function(name: str, service: str, asked: str, answered: str) -> Row:
    """A function that is asked through one queue of a storage account, and answers through another."""
    told = {"name": name, "description": "CANARY", "parameters": {"type": "object"}}
    ways = {"input_binding": _queue(service, asked), "output_binding": _queue(service, answered)}
    return {"type": "azure_function", "azure_function": {"function": told, **ways}}


def function(name: str) -> Row:
    """A function that whoever talks to the agent is asked to run."""
    return {"type": "function", "name": name, "description": "CANARY", "parameters": {"type": "object"}, "strict": True}


def grounded(kind: str, connection: str) -> Row:
    """Knowledge behind a connection."""
    return {"type": kind, kind: {"project_connections": [{"project_connection_id": connection}]}}


def index(connection: str, name: str) -> Row:
    told = {"index_name": name, "query_type": "semantic", "filter": "CANARY-filter"}
    return {"project_connection_id": connection, **told}


def _queue(service: str, name: str) -> Row:
    told = {"queue_service_endpoint": service, "queue_name": name}
    return {"type": "storage_queue", "storage_queue": told}
