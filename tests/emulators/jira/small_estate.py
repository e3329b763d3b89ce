"""Acme Media's site, written by hand: one of everything that the source tells of.

Alice administers; bob has left and his rule goes on; mallory has a token that nobody knows of.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.emulators.jira.estate import Estate, Grants, Row

HOST, CLOUD = "acme-media.atlassian.net", "11111111-aaaa-bbbb-cccc-222222222222"
SITE = f"https://{HOST}"
LAMBDA = "x7q2example.lambda-url.eu-west-1.on.aws"

AUTOMATION, AGENT, EXPORTER, TIMESHEETS = "557058:automation", "712020:triage", "712020:exporter", "557058:timesheets"
ALICE, BOB, MALLORY, JENKINS, ELSEWHERE = "5b10alice", "5b10bob", "5b10mallory", "5b10jenkins", "5b10elsewhere"


def account(id: str, name: str, kind: str = "atlassian", **more: Any) -> Row:  # noqa: A002 - Atlassian's word
    """A user as Jira shows it."""
    return {
        "self": f"{SITE}/rest/api/3/user?accountId={id}",
        "accountId": id,
        "accountType": kind,
        "displayName": name,
        "active": True,
        "timeZone": "CANARY-time-zone",
        "locale": "en_US",
        **more,
    }


ACCOUNTS: tuple[Row, ...] = (
    account("sv0", "sv0 reader", "app", appType="service"),
    account(AUTOMATION, "Automation for Jira", "app", appType="service", emailAddress="abc@connect.atlassian.com"),
    account(AGENT, "Triage Helper", "app", appType="agent"),
    account(EXPORTER, "exporter", "app", appType="service", emailAddress="exporter-1a2b@serviceaccount.atlassian.com"),
    account("hidden", "CANARY-hidden", hidden=True),
    account(TIMESHEETS, "Timesheets for Jira", "app", appType="unknown"),
    account(ALICE, "Alice", emailAddress="alice@acme.example"),
    account(BOB, "Bob", emailAddress="bob@acme.example", active=False),
    account(MALLORY, "Mallory"),
    account(JENKINS, "Jenkins", emailAddress="svc-jenkins@acme.example"),
    account("qm:customer", "CANARY-customer", "customer"),
)


def group(id: str, name: str) -> Row:  # noqa: A002 - Atlassian's word
    return {"groupId": id, "name": name}


ADMINISTRATORS, SITE_ADMINS = group("g-admins", "jira-administrators"), group("g-site", "site-admins")
DEVELOPERS, EXPORTERS = group("g-dev", "developers"), group("g-exp", "exporters")
GROUPS = (ADMINISTRATORS, SITE_ADMINS, DEVELOPERS, EXPORTERS)
MEMBERS = {
    ALICE: (ADMINISTRATORS, DEVELOPERS),
    EXPORTER: (EXPORTERS,),
    JENKINS: (DEVELOPERS,),
    MALLORY: (DEVELOPERS,),
    TIMESHEETS: (ADMINISTRATORS,),
}
PERMITTED = {
    "sv0": ("ADMINISTER", "USER_PICKER"),
    ALICE: ("ADMINISTER", "BULK_CHANGE", "USER_PICKER"),
    TIMESHEETS: ("ADMINISTER",),
    JENKINS: ("USER_PICKER",),
}


def project(id: str, key: str, name: str, lead: str, **more: Any) -> Row:  # noqa: A002 - Atlassian's word
    found = next(each for each in ACCOUNTS if each["accountId"] == lead)
    return {
        "self": f"{SITE}/rest/api/3/project/{id}",
        "id": id,
        "key": key,
        "name": name,
        "description": "CANARY-description",
        "projectTypeKey": "software",
        "style": "classic",
        "simplified": False,
        "isPrivate": False,
        "lead": {name: found[name] for name in ("self", "accountId", "displayName", "active")},
        **more,
    }


HR = {"id": "10", "name": "HR", "description": "CANARY-category", "self": f"{SITE}/rest/api/3/projectCategory/10"}
PROJECTS = (
    project("10000", "CUST", "Customer Support", ALICE, projectTypeKey="service_desk"),
    project("10001", "PAY", "Payroll", ALICE, projectTypeKey="business", projectCategory=HR),
    project("10002", "WEB", "Web Site", JENKINS),
    project("10003", "LAB", "Lab", BOB, style="next-gen", simplified=True),
)


def scheme(id: int, name: str) -> Row:  # noqa: A002 - Atlassian's word
    self = f"{SITE}/rest/api/3/permissionscheme/{id}"
    return {"id": id, "name": name, "self": self, "description": "CANARY-scheme"}


SUPPORT, RESTRICTED, OPEN = scheme(10100, "Support"), scheme(10101, "Restricted"), scheme(10102, "Open source")
SCHEME_OF = {"10000": SUPPORT, "10001": RESTRICTED, "10002": OPEN}
GRANTS: dict[str, Grants] = {
    "10100": (
        ("BROWSE_PROJECTS", "group", "exporters=g-exp"),
        ("BROWSE_PROJECTS", "projectRole", "10300"),
        ("EDIT_ISSUES", "projectRole", "10300"),
        ("ADMINISTER_PROJECTS", "projectLead", None),
        ("EDIT_ISSUES", "reporter", None),
    ),
    "10101": (
        ("BROWSE_PROJECTS", "user", ALICE),
        ("ADMINISTER_PROJECTS", "projectRole", "10301"),
        ("EDIT_ISSUES", "userCustomField", "customfield_10010"),
    ),
    "10102": (
        ("BROWSE_PROJECTS", "anyone", None),
        ("CREATE_ISSUES", "applicationRole", None),
        ("EDIT_ISSUES", "applicationRole", "jira-software"),
        ("ADMINISTER_PROJECTS", "projectLead", None),
    ),
}
ROLES = {
    "10000": {"Agents": "10300", "Administrators": "10301"},
    "10001": {"Agents": "10300", "Administrators": "10301"},
    "10002": {"Administrators": "10301"},
    "10003": {"Administrator": "10310", "Viewer": "10311", "Testers": "10312"},
}


def user_actor(id: str, name: str) -> Row:  # noqa: A002 - Atlassian's word
    return {"id": 1, "type": "atlassian-user-role-actor", "displayName": name, "actorUser": {"accountId": id}}


def group_actor(group: Row) -> Row:
    shown = {"displayName": group["name"], "name": group["name"], "groupId": group["groupId"]}
    return {"id": 2, "type": "atlassian-group-role-actor", "displayName": group["name"], "actorGroup": shown}


ACTORS: dict[tuple[str, str], tuple[Row, ...]] = {
    ("10000", "10300"): (user_actor(AGENT, "Triage Helper"), user_actor(BOB, "Bob")),
    ("10001", "10301"): (group_actor(ADMINISTRATORS),),
    ("10003", "10310"): (user_actor(TIMESHEETS, "Timesheets for Jira"),),
    ("10003", "10311"): (group_actor(DEVELOPERS),),
    ("10003", "10312"): (user_actor(JENKINS, "Jenkins"),),
}
PRODUCTS = (
    {
        "key": "jira-software",
        "name": "Jira",
        "groups": ["developers"],
        "groupDetails": [DEVELOPERS],
        "defaultGroups": ["developers"],
        "defaultGroupsDetails": [DEVELOPERS],
        "defined": False,
        "platform": False,
        "selectedByDefault": False,
        "userCountDescription": "CANARY-users",
    },
)


def rule(
    uuid: str, name: str, actor: Row | None, *components: Row, author: str = ALICE, projects: tuple[str, ...] = ()
) -> Row:
    """A rule with its parts, as the automation API shows it; `summary` leaves most of it out."""
    scopes = [f"ari:cloud:jira:{CLOUD}:project/{number}" for number in projects]
    return {
        "rule": {
            "uuid": uuid,
            "name": name,
            "state": "ENABLED",
            "description": "CANARY-rule",
            "authorAccountId": author,
            "actor": actor,
            "trigger": {"component": "TRIGGER", "type": "jira.issue.event.trigger:created", "value": {}},
            "components": list(components),
            "ruleScopeARIs": scopes or [f"ari:cloud:jira::site/{CLOUD}"],
            "labels": ["nightly"] if projects else [],
            "created": 1743568964.174,
            "updated": 1743568964174,
        },
        "connections": [{"id": "CANARY-connection"}],
    }


def summary(rule: Row) -> Row:
    told = rule["rule"]
    kept = ("uuid", "name", "state", "description", "authorAccountId", "ruleScopeARIs", "labels", "created", "updated")
    actor = {"actorAccountId": told["actor"]["actor"]} if told["actor"]["type"] == "ACCOUNT_ID" else {}
    return {name: told[name] for name in kept} | actor


def acts_as(account: str) -> Row:
    return {"type": "ACCOUNT_ID", "actor": account}


def action(kind: str, **value: Any) -> Row:
    return {"component": "ACTION", "type": kind, "value": value, "children": [], "conditions": []}


def web_request(url: str) -> Row:
    headers = [{"name": "CANARY-header", "value": "CANARY-value", "headerSecure": True}]
    return action(
        "jira.issue.outgoing.webhook", url=url, headers=headers, method="POST", customBody="CANARY-body", sendIssue=True
    )


def inside(*components: Row) -> Row:
    """A condition that is followed by others."""
    return {
        "component": "CONDITION",
        "type": "jira.condition.container.block",
        "value": {"jql": "CANARY-jql"},
        "children": list(components),
        "conditions": [],
    }


RULES = (
    rule(
        "0194-export",
        "Export customer tickets",
        acts_as(EXPORTER),
        inside(inside(web_request(f"https://{LAMBDA}/CANARY-path?token=CANARY-token"))),
        author=BOB,
        projects=("10000",),
    ),
    rule(
        "0194-slack",
        "Tell the team",
        acts_as(AUTOMATION),
        action("slack.send.message", webhookUrl="https://hooks.slack.com/services/CANARY", message="CANARY-message"),
        action("slack.send.message", message="CANARY-message"),
    ),
    rule("0194-stale", "Close stale issues", {"type": "EVENT_INITIATOR"}, action("jira.issue.transition")),
    rule(
        "0194-dispatch",
        "Dispatch",
        acts_as(ALICE),
        web_request("https://{{CANARY.host}}/in"),
        web_request("{{CANARY.address}}"),
    ),
)


def webhook(id: int, name: str, url: str, jql: str = "", **more: Any) -> Row:  # noqa: A002 - Atlassian's word
    return {
        "name": name,
        "url": url,
        "events": ["jira:issue_updated", "jira:issue_created"],
        "filters": {"issue-related-events-section": jql},
        "enabled": True,
        "excludeBody": False,
        "lastUpdatedUser": ALICE,
        "lastUpdatedDisplayName": "Alice",
        "lastUpdated": 1743568964174,
        "self": f"{SITE}/rest/webhooks/1.0/webhook/{id}",
        **more,
    }


WEBHOOKS = (
    webhook(1, "Billing sync", "https://hooks.billing.example/CANARY?key=CANARY", "project = CANARY"),
    webhook(2, "Everything", "https://collect.mallory.example:8443/CANARY", excludeBody=True),
    webhook(
        3, "Old one", "https://old.example/", lastUpdatedUser="admin", lastUpdatedDisplayName="Admin", enabled=False
    ),
)


def token(id: str, user: str, **more: Any) -> Row:  # noqa: A002 - Atlassian's word
    return {
        "id": id,
        "label": "CANARY-label",
        "status": "ALLOWED",
        "createdAt": "2026-01-02T03:04:05.000Z",
        "expiresAt": "2027-01-02T03:04:05.000Z",
        "user": {"id": user, "orgId": "CANARY-organization", "name": "CANARY-user", "email": "canary@acme.example"},
        "scopes": [],
        **more,
    }


TOKENS = (
    token("t-mallory", MALLORY, lastActiveAt="2026-11-20T08:00:00.000Z"),
    token("t-jenkins-old", JENKINS, status="BLOCKED", lastActiveAt="2025-01-01T00:00:00.000Z"),
    token("t-jenkins", JENKINS, lastActiveAt="2026-11-24T08:00:00.000Z"),
    token("t-elsewhere", ELSEWHERE),
)
SERVICE_ACCOUNTS = (
    {
        "atlassianId": EXPORTER,
        "id": "exporter",
        "email": "exporter-1a2b@serviceaccount.atlassian.com",
        "displayName": "exporter",
        "status": "ACTIVE",
        "createdById": ALICE,
        "description": "CANARY-service-account",
    },
)


def sending_to(host: str) -> Estate:
    """The same site, whose export goes to another address."""
    rules = json.loads(json.dumps(RULES).replace(LAMBDA, host))
    return replace(
        ESTATE,
        rules=tuple(summary(each) for each in rules),
        rule={each["rule"]["uuid"]: each for each in rules}.get,
    )


ESTATE = Estate(
    host=HOST,
    cloud=CLOUD,
    accounts=ACCOUNTS,
    groups=GROUPS,
    projects=PROJECTS,
    schemes=(SUPPORT, RESTRICTED, OPEN),
    rules=tuple(summary(each) for each in RULES),
    webhooks=WEBHOOKS,
    tokens=TOKENS,
    service_accounts=SERVICE_ACCOUNTS,
    products=PRODUCTS,
    levels=("Public", "Restricted"),
    administrators={"admin": (ADMINISTRATORS,), "site-admin": (SITE_ADMINS,)},
    account={each["accountId"]: each for each in ACCOUNTS}.get,
    groups_of=lambda account: MEMBERS.get(account, ()),
    permitted=lambda account: PERMITTED.get(account, ()),
    grants=GRANTS.get,
    scheme_of=SCHEME_OF.get,
    roles_of=ROLES.get,
    actors=lambda project, role: ACTORS.get((project, role), ()),
    rule={each["rule"]["uuid"]: each for each in RULES}.get,
    level_of={"10001": "Restricted", "10002": "Public"}.get,
)
