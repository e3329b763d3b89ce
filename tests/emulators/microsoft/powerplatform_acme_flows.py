"""Which flows has Acme Media, what starts them and what do they do?"""

from collections.abc import Sequence

from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.powerplatform_acme_people import ALICE, BOB, ROBOT
from tests.emulators.microsoft.powerplatform_parts import clientdata, http, operation
from tests.emulators.microsoft.powerplatform_wire import Row

CREATE, NIGHTLY, DOOR, BROKEN = (guid("flow", name) for name in ("Create ticket", "Nightly", "Open door", "Broken"))


def _flow(key: str, name: str, data: str, owner: str, **told: object) -> Row:
    usual = {
        "category": 5,
        "type": 1,
        "primaryentity": "none",
        "statecode": 1,
        "description": "CANARY-flow",
        "createdon": "2026-02-01T08:00:00Z",
        "modifiedon": "2026-10-01T08:00:00Z",
        "_owninguser_value": owner,
    }
    return {"workflowid": key, "name": name, "clientdata": data, **usual, **told}


NOW = "shared_service-now"
FLOWS: Sequence[Row] = (
    _flow(
        CREATE,
        "Create ticket",
        clientdata(
            {"manual": {"type": "Request", "kind": "Skills"}},
            {
                "Create": operation("now", NOW, "CreateRecord"),
                "Deep": {
                    "type": "If",
                    "actions": {"Tell": http("https://api.example.net/x?key=CANARY-query")},
                    "else": {"actions": {"Where": http("@{parameters('host')}/y")}},
                },
            },
            {"now": (NOW, "cr5e3_hrHelper.shared_service-now.1f2e3d4c", "embedded")},
        ),
        BOB,
    ),
    _flow(
        NIGHTLY,
        "Nightly",
        clientdata(
            {"Recurrence": {"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}},
            {
                "Mail": operation("mail", "shared_office365", "GetEmailsV3"),
                "Loop": {"type": "Foreach", "actions": {"Send": operation("mail", "shared_office365", "SendEmailV2")}},
            },
            {"mail": ("shared_office365", "cr_office", "invoker")},
        ),
        ROBOT,
    ),
    _flow(
        DOOR,
        "Open door",
        clientdata(
            {"manual": {"type": "Request", "kind": "Http", "inputs": {"triggerAuthenticationType": "All"}}},
            {"Child": {"type": "Workflow", "inputs": {"host": {"workflowReferenceName": CREATE.upper()}}}},
            {},
        ),
        ALICE,
    ),
    _flow(BROKEN, "Broken", '{"properties": "CANARY-broken', ALICE, statecode=0),
    _flow(guid("flow", "a copy"), "A copy", "CANARY-copy", ALICE, type=2),
    _flow(guid("flow", "business rule"), "A business rule", "CANARY-rule", ALICE, category=2),
)
