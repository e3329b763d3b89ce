"""What is kept of a Logic App's definition, and what never is?"""

from dataclasses import asdict

from connectors.sources.azure.flow import flow

CONNECTION = "/subscriptions/1/resourceGroups/Ops/providers/Microsoft.Web/connections/office365"
SITE = "/subscriptions/1/resourceGroups/ops/providers/Microsoft.Web/sites/Orders"
HTTP = {
    "type": "Http",
    "inputs": {
        "method": "POST",
        "uri": "https://Api.Example.com/v1/CANARY?key=CANARY",
        "headers": {"Authorization": "CANARY"},
        "body": {"text": "CANARY"},
        "queries": {"sig": "CANARY"},
        "authentication": {"type": "Basic", "username": "CANARY", "password": "CANARY"},
    },
}


def http(uri):
    return {"type": "Http", "inputs": {"uri": uri}}


DEFINITION = {
    "triggers": {
        "often": {"type": "Recurrence", "recurrence": {"frequency": "Hour", "interval": 6}},
        "called": {"type": "Request", "inputs": {"schema": {"CANARY": 1}}},
    },
    "actions": {
        "post": HTTP,
        "hidden": http("@{parameters('CANARY')}/x"),
        "choose": {
            "type": "If",
            "expression": "CANARY",
            "actions": {"yes": http("https://yes.example.com/")},
            "else": {"actions": {"no": http("https://no.example.com/")}},
        },
        "switch": {
            "type": "Switch",
            "cases": {
                "a": {"actions": {"in": {"type": "Scope", "actions": {"deep": http("https://deep.example.com")}}}}
            },
            "default": {"actions": {"other": http("https://default.example.com:8443/x")}},
        },
        "function": {"type": "Function", "inputs": {"body": "CANARY", "function": {"id": f"{SITE}/functions/run"}}},
        "flow": {"type": "Workflow", "inputs": {"host": {"workflow": {"id": "/subscriptions/1/other"}}}},
        "compose": {"type": "Compose", "inputs": "CANARY"},
    },
    "parameters": {"secret": {"defaultValue": "CANARY"}},
}
PARAMETERS = {
    "$connections": {
        "value": {
            "office365": {"connectionId": CONNECTION, "id": "/subscriptions/1/managedApis/office365"},
            "vault": {
                "connectionId": f"{CONNECTION}-2",
                "id": "/x/managedApis/keyvault",
                "connectionProperties": {"authentication": {"type": "ManagedServiceIdentity"}},
            },
        }
    },
    "token": {"value": "CANARY"},
}


def test_every_host_is_found_however_deep_the_action_lies():
    found = flow({"definition": DEFINITION})
    assert sorted(found.hosts) == [
        "api.example.com",
        "deep.example.com",
        "default.example.com",
        "no.example.com",
        "yes.example.com",
    ]
    assert found.hidden == 1
    assert found.sign_ins == ["Basic"]


def test_what_it_calls_and_which_connections_it_has():
    found = flow({"definition": DEFINITION, "parameters": PARAMETERS})
    assert found.functions == [SITE.lower()]
    assert found.flows == ["/subscriptions/1/other"]
    assert found.connections == {CONNECTION.lower(): "office365", f"{CONNECTION.lower()}-2": "keyvault"}
    assert found.by_identity == [f"{CONNECTION.lower()}-2"]


def test_what_starts_it():
    assert flow({"definition": DEFINITION}).starts == ["every 6 hours", "a request from whoever has its address"]
    narrowed = {"definition": DEFINITION, "accessControl": {"triggers": {"allowedCallerIpAddresses": [{}]}}}
    assert flow(narrowed).starts[1] == "a request from callers it is limited to"
    hook = {"triggers": {"mail": {"type": "ApiConnectionWebhook"}}}
    assert flow({"definition": hook}).starts == ["an api connection webhook trigger"]


def test_bodies_headers_queries_and_parameters_are_not_kept():
    assert "CANARY" not in str(asdict(flow({"definition": DEFINITION, "parameters": PARAMETERS}))).upper()


def test_an_empty_definition_is_no_mistake():
    assert flow({}).hosts == []
