"""Who owns agents, flows and connections, and are they still there?

Only those who are named are looked up, each once: an environment knows everybody in the company.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from connectors.inventory.records import Owner, Ref
from connectors.scope import Scope
from connectors.sources.copilot_studio.doors import Door, Row
from connectors.sources.copilot_studio.environments import Environment
from connectors.sources.copilot_studio.permissions import TEAMS, TOGETHER, USERS, Call
from connectors.sources.copilot_studio.trouble import noted
from connectors.sources.copilot_studio.values import short


@dataclass(slots=True)
class People:
    """The people and teams of one environment, told in a scope of their own. One thread reads an environment."""

    environment: Environment
    dataverse: Door
    scope: Scope
    _users: dict[str, Row | None] = field(default_factory=dict)  # None: Dataverse shows nobody of that id
    _by_object: dict[str, Row | None] = field(default_factory=dict)  # the same by the id in Entra
    _teams: dict[str, Row | None] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    @property
    def is_certain(self) -> bool:
        """Whether everybody who was looked up could be."""
        return not self.scope.troubles

    def meet_owners(self, rows: Iterable[Row], *, also: Iterable[str] = ()) -> None:
        """Looks up who owns the rows, and whoever other columns of theirs name, where they are new."""
        rows = list(rows)
        named = [row.get(column) for row in rows for column in ("_owninguser_value", *also)]
        self._look_up(USERS, "systemuserid", named, self._users)
        self.meet_teams(row.get("_owningteam_value") for row in rows)

    def meet(self, ids: Iterable[str]) -> None:
        self._look_up(USERS, "systemuserid", ids, self._users)

    def meet_teams(self, ids: Iterable[str | None]) -> None:
        self._look_up(TEAMS, "teamid", ids, self._teams)

    def meet_objects(self, ids: Iterable[str | None]) -> None:
        """The same for people who are named by their id in Entra."""
        self._look_up(USERS, "azureactivedirectoryobjectid", ids, self._by_object)

    def owner(self, row: Row) -> Ref | None:
        """The team or user that owns a row."""
        if team := row.get("_owningteam_value"):
            return self.team(team)
        user = row.get("_owninguser_value")
        return self.user(user) if user else None

    def user(self, id: str) -> Ref:  # noqa: A002 - the vendor's word
        """A user, told of from now on: a person; an application, which others tell of, is an identity."""
        row = self._users.get(id.lower())
        if row and row.get("applicationid"):
            return application(self.environment, row)
        name = (row and _name(row)) or f"user {short(id)}"
        return self._owner(self.environment.at("user", id), id, name, "person", row)

    def person(self, id: str | None, *, name: str | None, email: str | None) -> Ref | None:  # noqa: A002
        """Somebody whom another part of Power Platform names by the id in Entra."""
        if not id:
            return None
        row = self._by_object.get(id.lower())
        if row:
            self._users.setdefault(row["systemuserid"].lower(), row)
            return self.user(row["systemuserid"])
        told = {"internalemailaddress": email} if email else None
        found = name or email or f"user {short(id)}"
        return self._owner(self.environment.at("person", id), id.lower(), found, "person", told)

    def team(self, id: str) -> Ref:  # noqa: A002
        row = self._teams.get(id.lower())
        name = (row and row.get("name")) or f"team {short(id)}"
        return self._owner(self.environment.at("team", id), id, name, "team", row)

    def team_named(self, id: str) -> str | None:  # noqa: A002
        """What a team that was met is called."""
        row = self._teams.get(id.lower())
        return row["name"] if row else None

    def _owner(self, key: str, id: str, name: str, sort: str, row: Row | None) -> Ref:  # noqa: A002
        """Told, unless looking them up failed: what is known of them from before is better than nothing."""
        if key not in self._told and (row or self.is_certain):
            self._told.add(key)
            disabled = row.get("isdisabled") if row else None
            self.scope.put(
                Owner(
                    id=key,
                    provider_id=id.lower(),
                    name=name,
                    type=sort,
                    email=email_of(row) if row else None,
                    active=None if disabled is None else not disabled,
                    **self.environment.of(self.scope.key),
                )
            )
        return Ref(kind="owner", id=key, name=name)

    def _look_up(self, call: Call, column: str, ids: Iterable[str | None], known: dict[str, Row | None]) -> None:
        new = iter(sorted({each.lower() for each in ids if each and each.lower() not in known}))
        while some := list(islice(new, TOGETHER)):
            with noted(self.scope, call):
                only = " or ".join(f"{column} eq {each}" for each in some)
                for rows in self.dataverse.pages(call, self.scope.meter, only=only):
                    known.update((row[column].lower(), row) for row in rows)
            for each in some:
                known.setdefault(each, None)


def application(environment: Environment, row: Row) -> Ref:
    """An application that is a user of the environment."""
    key = environment.at("application-user", row["systemuserid"])
    return Ref(kind="identity", id=key, name=_name(row) or f"application {short(row['applicationid'])}")


def email_of(row: Row) -> str | None:
    found = row.get("internalemailaddress") or row.get("domainname")
    return found.lower() if found and "@" in found else None


def _name(row: Row) -> str | None:
    """Dataverse writes "# " before the name of an application."""
    return str(row.get("fullname") or "").removeprefix("#").strip() or row.get("domainname")
