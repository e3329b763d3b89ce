"""Which calls does the source make, which permission does each need, and why?

The one list: nothing else names an address of Atlassian's. "Test connection" tries from it, the requirements packet
explains it, and SETUP.md lists it. The scopes are the granular ones of Atlassian's OpenAPI description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from connectors.source import RequiredPermission

ADMINISTER = "Administer Jira"
BROWSE_USERS = "Browse users and groups"
ORGANIZATION = "organization API key"
MANY = 3  # calls that need one permission: too many to tell of each what for

# The parts of a site, as coverage knows them, and what each reads.
LABELS = {
    "site": "site and global permissions",
    "tokens": "API tokens",
    "accounts": "accounts of apps, bots and services",
    "projects": "projects",
    "automation": "automation rules",
    "webhooks": "webhooks",
    "groups": "groups",
    "memberships": "who is in which group",
    "global permissions": "who has which global permission",
    "permission schemes": "permission schemes",
    "project roles": "who has which project role",
    "people": "people who own or act",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One API operation. `door` is the way in: "jira" (the site or Atlassian's gateway, as the token allows), "site",
    "automation" or "organization". `needs` is what the account must be allowed, `scopes` what the token must carry.

    `probe` is what "Test connection" sends; None: it needs an object that may not exist. `anonymous`: Jira answers it
    to whoever isn't signed in as well, with less.
    """

    door: str
    path: str
    why: str
    kinds: tuple[str, ...]
    needs: str | None = None
    scopes: tuple[str, ...] = ()
    probe: Mapping[str, Any] | None = field(default_factory=dict, hash=False)
    anonymous: bool = False
    method: str = "GET"

    def address(self, **parts: str | int) -> str:
        """The path with its parts filled in."""
        return self.path.format(**{name: quote(str(part), safe="") for name, part in parts.items()})


def _jira(name: str) -> tuple[str, ...]:
    return tuple(f"read:{part}:jira" for part in name.split())


# fmt: off
TENANT = Call("site", "/_edge/tenant_info", "finds the site's id", ("site",), anonymous=True)
MYSELF = Call("jira", "/rest/api/3/myself", "proves that sv0 is signed in", ("site",),
              scopes=_jira("application-role group user avatar"))
MY_PERMISSIONS = Call("jira", "/rest/api/3/mypermissions", "tells whether the account may administer Jira", ("site",),
                      scopes=_jira("permission"), probe=None, anonymous=True)
GLOBAL = Call("jira", "/rest/api/3/permissions", "names the permissions that hold for the whole site", ("site",),
              scopes=_jira("permission"), anonymous=True)
USERS = Call("jira", "/rest/api/3/users/search", "finds accounts of apps, bots and services", ("accounts",),
             BROWSE_USERS, _jira("user application-role avatar group"), {"maxResults": 1}, anonymous=True)
GROUPS = Call("jira", "/rest/api/3/group/bulk", "names the groups, and those that administer the site",
              ("groups", "global permissions"), BROWSE_USERS, _jira("group"), {"maxResults": 1})
MEMBERSHIPS = Call("jira", "/rest/api/3/user/groups", "tells which groups such an account is in", ("memberships",),
                   BROWSE_USERS, _jira("group"), probe=None, anonymous=True)
PRODUCTS = Call("jira", "/rest/api/3/applicationrole", "tells which groups may use Jira at all", ("groups",),
                ADMINISTER, _jira("application-role"))
PERMITTED = Call("jira", "/rest/api/3/permissions/check", "tells which global permissions such an account has",
                 ("global permissions",), ADMINISTER, _jira("permission"), probe=None, anonymous=True, method="POST")
SCHEMES = Call("jira", "/rest/api/3/permissionscheme", "names the permission schemes", ("permission schemes",),
               ADMINISTER,
               _jira("application-role field group permission-scheme permission project-role user avatar "
                     "project-category project"))
GRANTS = Call("jira", "/rest/api/3/permissionscheme/{scheme}/permission", "tells whom a scheme permits what",
              ("permission schemes",), ADMINISTER,
              _jira("application-role field group permission project-role user"), probe=None)
PROJECTS = Call("jira", "/rest/api/3/project/search", "names the projects and their leads",
                ("projects",), ADMINISTER,
                _jira("issue-type project project.property user application-role avatar group issue-type-hierarchy "
                      "project-category project-version project.component"),
                {"maxResults": 1}, anonymous=True)
PROJECT_SCHEME = Call("jira", "/rest/api/3/project/{project}/permissionscheme",
                      "tells which scheme a project goes by", ("projects",), ADMINISTER, SCHEMES.scopes, probe=None)
LEVELS = Call("jira", "/rest/api/3/classification-levels", "tells whether projects are classified", ("projects",),
              scopes=_jira("project"), probe={"status": "PUBLISHED"})
PROJECT_LEVEL = Call("jira", "/rest/api/3/project/{project}/classification-level/default",
                     "reads how a project's data is classified", ("projects",), scopes=_jira("project"), probe=None)
ROLES = Call("jira", "/rest/api/3/project/{project}/role", "names a project's roles", ("project roles",), ADMINISTER,
             _jira("project-role"), probe=None, anonymous=True)
ROLE = Call("jira", "/rest/api/3/project/{project}/role/{role}", "tells who has a role in a project",
            ("project roles",), ADMINISTER, _jira("user group project-role project avatar project-category"),
            probe=None, anonymous=True)
RULES = Call("automation", "/rest/v1/rule/summary", "finds automation rules, their authors and actors",
             ("automation",), ADMINISTER, probe={"limit": 1})
RULE = Call("automation", "/rest/v1/rule/{rule}", "tells to which hosts a rule sends data",
            ("automation",), ADMINISTER, probe=None)
WEBHOOKS = Call("site", "/rest/webhooks/1.0/webhook", "tells to which hosts the site sends events", ("webhooks",),
                ADMINISTER)
ORGANIZATIONS = Call("organization", "/admin/v1/orgs", "finds the organization of the key", ("tokens",), ORGANIZATION)
TOKENS = Call("organization", "/admin/api-access/v1/orgs/{organization}/api-tokens",
              "tells who has API tokens, when they expire and were last used", ("tokens",), ORGANIZATION,
              ("read:tokens:admin",), probe=None)
SERVICE_ACCOUNTS = Call("organization", "/admin/api-access/v1/orgs/{organization}/service-accounts",
                        "tells who made a service account", ("tokens",), ORGANIZATION,
                        ("read:service-accounts:admin",), probe=None)
# fmt: on

CALLS = (
    *(TENANT, MYSELF, MY_PERMISSIONS, GLOBAL, USERS, GROUPS, MEMBERSHIPS, PRODUCTS, PERMITTED, SCHEMES, GRANTS),
    *(PROJECTS, PROJECT_SCHEME, LEVELS, PROJECT_LEVEL, ROLES, ROLE, RULES, RULE, WEBHOOKS),
    *(ORGANIZATIONS, TOKENS, SERVICE_ACCOUNTS),
)


def _permissions() -> tuple[RequiredPermission, ...]:
    """Each permission and scope once, with what it is for."""
    calls: dict[str, list[Call]] = {}
    for call in CALLS:
        for name in (*((call.needs,) if call.needs else ()), *call.scopes):
            calls.setdefault(name, []).append(call)
    return tuple(_permission(name, found) for name, found in calls.items())


def _permission(name: str, calls: list[Call]) -> RequiredPermission:
    kinds = tuple(dict.fromkeys(kind for call in calls for kind in call.kinds))
    whys = dict.fromkeys(call.why for call in calls)
    why = "; ".join(whys) if len(whys) < MANY else f"reads {', '.join(LABELS[kind] for kind in kinds)}"
    return RequiredPermission(name, why, kinds)


PERMISSIONS = _permissions()
# What a person is asked to consent to: no OAuth 2.0 client reads an organization, automation rules or webhooks.
SCOPES = tuple(sorted({scope for call in CALLS if call.door == "jira" for scope in call.scopes}))
