"""Which parts have Acme Media's agents, and which connections do they refer to?"""

from collections.abc import Sequence

from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.powerplatform_acme_people import ALICE, BOB
from tests.emulators.microsoft.powerplatform_parts import (
    APIS,
    FILE,
    KNOWLEDGE,
    SETTINGS,
    SKILL,
    TOPIC,
    TRIGGER,
    asks,
    knowledge,
    modern_tool,
    runs,
    server,
    settings,
    tool,
    topic,
    trigger,
)
from tests.emulators.microsoft.powerplatform_wire import Row

SITE = "https://acmemedia.sharepoint.com/sites/HR/Shared%20Documents?sig=CANARY"
HOOK = "https://hooks.mallory.example/in?sig=CANARY-sig"


def _reference(name: str, connector: str, connection: str | None, owner: str) -> Row:
    return {
        "connectionreferenceid": guid("connectionreference", name),
        "connectionreferencelogicalname": name,
        "connectionreferencedisplayname": "CANARY-reference",
        "connectorid": f"{APIS}{connector}",
        "connectionid": connection,
        "statecode": 0,
        "_owninguser_value": owner,
        "createdon": "2026-01-10T09:00:00Z",
    }


REFERENCES: Sequence[Row] = (
    _reference("cr5e3_hrHelper.shared_sharepointonline.aa11", "shared_sharepointonline", "aa11", BOB),
    _reference("cr5e3_hrHelper.shared_service-now.1f2e3d4c", "shared_service-now", "1f2e3d4c", ALICE),
    _reference("cr_office", "shared_office365", "0ff1ce", ALICE),
    _reference("cr_payroll", "shared_acme-20payroll-5f9f1743201ee220d8", "9a9a", ALICE),
    _reference("cr_dataverse", "shared_commondataserviceforapps", "c11e47", ALICE),
    _reference("cr_unset", "shared_sql", None, ALICE),
)


def _part(bot: str, name: str, kind: int, data: str | None) -> Row:
    return {
        "botcomponentid": guid("botcomponent", f"{bot}/{name}"),
        "name": name,
        "schemaname": f"x.{name}",
        "componenttype": kind,
        "description": "CANARY-part",
        "content": "CANARY-content",
        "data": data,
        "statecode": 0,
        "_parentbotid_value": guid("bot", bot),
    }


HR, TRAVEL, WATCH, FAQ = "HR helper", "Travel desk", "Night watch", "Old FAQ"
PARTS: Sequence[Row] = (
    _part(HR, "Settings", SETTINGS, settings(model="GPT41", web=True)),
    _part(
        HR,
        "Find policy",
        TOPIC,
        tool(
            "Find policy",
            reference="cr5e3_hrHelper.shared_sharepointonline.aa11",
            operation="GetItems",
            mode="Maker",
        ),
    ),
    _part(
        HR,
        "Create incident",
        TOPIC,
        tool(
            "Create incident",
            reference="cr5e3_hrHelper.shared_service-now.1f2e3d4c",
            operation="CreateRecord",
            mode="Maker",
        ),
    ),
    _part(HR, "Escalate", TOPIC, topic(HOOK)),
    _part(HR, "HR site", KNOWLEDGE, knowledge("SharePointSearchSource", SITE)),
    _part(HR, "Handbook.pdf", FILE, None),
    _part(HR, "Ticket flow", TOPIC, runs(guid("flow", "Create ticket"))),
    _part(TRAVEL, "Settings", SETTINGS, settings(model="GPT41", web=False)),
    _part(
        TRAVEL, "Send mail", TOPIC, tool("Send mail", reference="cr_office", operation="SendEmailV2", mode="Invoker")
    ),
    _part(TRAVEL, "Rates", TOPIC, topic('=Concatenate("https://rates.example.net/v1/", Topic.From)', "=Env.cr_host")),
    _part(TRAVEL, "Booking server", TOPIC, server("Booking", reference="cr_dataverse", mode=None)),
    _part(TRAVEL, "Website", KNOWLEDGE, knowledge("PublicSiteSearchSource", "https://www.example.com/travel")),
    _part(TRAVEL, "Pay", TOPIC, modern_tool(connector="shared_sql", operation="PatchItem_V2", mode="Invoker")),
    _part(WATCH, "Schedule", TRIGGER, trigger(guid("flow", "Nightly"))),
    _part(WATCH, "Ask HR", TOPIC, asks("cr5e3_hrHelper")),
    _part(WATCH, "Ask another", TOPIC, asks("acme_elsewhere")),
    _part(WATCH, "Pay out", TOPIC, tool("Pay out", reference="cr_payroll", operation="PostPayment", mode="Maker")),
    _part(WATCH, "Broken", TOPIC, "kind: [CANARY-broken\n\tx: {"),
    _part(WATCH, "Strange", TOPIC, "kind: SomethingNew\nsecret: CANARY-strange\n"),
    _part(WATCH, "Plugin", TOPIC, "kind: TaskDialog\naction: {kind: InvokeAIPluginTaskAction, name: CANARY}\n"),
    _part(WATCH, "Legacy skill", SKILL, "CANARY-skill"),
    _part(WATCH, "Tables", KNOWLEDGE, knowledge("DataverseStructuredSearchSource")),
    {**_part(FAQ, "Shared topic", TOPIC, topic("https://shared.example.net/")), "_parentbotid_value": None},
)
