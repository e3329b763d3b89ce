"""A site of any size, the same for the same size and seed; each row is made when it is looked at.

One account in a hundred is a service's. There is a group for each 50 accounts, a project for each 100, a rule for each
200, and a permission scheme for each 20 projects.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from tests.emulators.jira.estate import Estate, Grants, Made, Row
from tests.emulators.jira.small_estate import account, acts_as, group, rule, scheme, summary, token, web_request

HOST, CLOUD = "large.atlassian.net", "33333333-aaaa-bbbb-cccc-444444444444"
EVERY = 100  # one account in so many is a service's
GROUPS_EACH = 3
ROLES = {"Administrators": "10301", "Developers": "10302"}
GRANTS: Grants = (
    ("BROWSE_PROJECTS", "projectRole", "10302"),
    ("EDIT_ISSUES", "projectRole", "10302"),
    ("ADMINISTER_PROJECTS", "projectRole", "10301"),
    ("BROWSE_PROJECTS", "applicationRole", None),
)


@dataclass(frozen=True)
class Large:
    """Makes the rows."""

    accounts: int
    seed: int

    @property
    def groups(self) -> int:
        return max(4, self.accounts // 50)

    @property
    def projects(self) -> int:
        return max(4, self.accounts // 100)

    @property
    def schemes(self) -> int:
        return max(2, self.projects // 20)

    def pick(self, *what: object, below: int) -> int:
        """A number that only the seed and `what` decide."""
        digest = blake2b(repr((self.seed, *what)).encode(), digest_size=8).digest()
        return int.from_bytes(digest) % below

    def account(self, index: int) -> Row:
        if index % EVERY == 0:
            email = f"service-{index}@serviceaccount.atlassian.com"
            return account(f"712020:{index}", f"service {index}", "app", appType="service", emailAddress=email)
        return account(f"5b10{index}", f"Person {index}")

    def account_of(self, id: str) -> Row:  # noqa: A002 - Atlassian's word
        return self.account(int(id.removeprefix("712020:").removeprefix("5b10")))

    def service(self, *what: object) -> Row:
        return self.account(self.pick(*what, below=self.accounts) // EVERY * EVERY)

    def group(self, index: int) -> Row:
        return group(f"g-{index}", f"group {index}")

    def groups_of(self, id: str) -> list[Row]:  # noqa: A002 - Atlassian's word
        return [self.group(self.pick("member", id, nth, below=self.groups)) for nth in range(GROUPS_EACH)]

    def permitted(self, id: str) -> tuple[str, ...]:  # noqa: A002 - Atlassian's word
        administers = id == "sv0" or self.pick("admin", id, below=50) == 0
        return ("ADMINISTER", "USER_PICKER") if administers else ()

    def project(self, index: int) -> Row:
        lead = self.account(self.pick("lead", index, below=self.accounts))
        return {
            "self": f"https://{HOST}/rest/api/3/project/{index}",
            "id": str(index),
            "key": f"P{index}",
            "name": f"Project {index}",
            "projectTypeKey": "software",
            "style": "classic",
            "lead": {name: lead[name] for name in ("accountId", "displayName", "active")},
        }

    def scheme(self, index: int) -> Row:
        return scheme(index, f"Scheme {index}")

    def scheme_of(self, project: str) -> Row:
        return self.scheme(int(project) % self.schemes)

    def actors(self, project: str, role: str) -> list[Row]:
        """A group, and a service's account."""
        found = self.group(self.pick("actor", project, role, below=self.groups))
        shown = {"displayName": found["name"], **found}
        user = {"accountId": self.service("service", project, role)["accountId"]}
        return [
            {"id": 1, "type": "atlassian-group-role-actor", "displayName": found["name"], "actorGroup": shown},
            {"id": 2, "type": "atlassian-user-role-actor", "displayName": "CANARY", "actorUser": user},
        ]

    def rule(self, uuid: str) -> Row:
        actor = acts_as(self.service("actor", uuid)["accountId"])
        author = self.account(self.pick("author", uuid, below=self.accounts))["accountId"]
        sends = web_request(f"https://hooks-{self.pick('host', uuid, below=40)}.example/CANARY")
        project = str(self.pick("project", uuid, below=self.projects))
        return rule(uuid, f"Rule {uuid}", actor, sends, author=author, projects=(project,))


def large_estate(accounts: int, *, seed: int = 1) -> Estate:
    """A site with so many accounts."""
    large = Large(accounts, seed)
    return Estate(
        host=HOST,
        cloud=CLOUD,
        accounts=Made(accounts, large.account),
        groups=Made(large.groups, large.group),
        projects=Made(large.projects, large.project),
        schemes=Made(large.schemes, large.scheme),
        rules=Made(max(2, accounts // 200), lambda index: summary(large.rule(str(index)))),
        tokens=Made(accounts // EVERY, lambda index: token(f"t-{index}", f"712020:{index * EVERY}")),
        account=large.account_of,
        groups_of=large.groups_of,
        permitted=large.permitted,
        grants=lambda _: GRANTS,
        scheme_of=large.scheme_of,
        roles_of=lambda _: ROLES,
        actors=large.actors,
        rule=large.rule,
    )
