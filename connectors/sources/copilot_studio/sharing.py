"""With whom is an agent shared: who may talk to it, who may change it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.inventory.records import Record, Ref, Relation
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.permissions import SHARED
from connectors.sources.copilot_studio.place import Place, abreast
from connectors.sources.copilot_studio.values import counted, mapping

KIND = "sharing"
WRITES = "WriteAccess"


@dataclass(frozen=True, slots=True)
class Shared:
    """With whom. `writers` may change the agent: of users, their ids."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    everyone: bool = False
    writers: frozenset[str] = field(default_factory=frozenset)


def of(place: Place, bots: list[Row]) -> list[Shared | None]:
    """With whom each agent is shared; None for all of them where that can't be told, which is noted."""
    found: list[Shared | None] = [None] * len(bots)
    with place.noted(KIND, SHARED):
        found = list(abreast(lambda bot: _shared(place, bot), bots))
        place.people.meet(user for each in found if each for user in each.users)
        place.people.meet_teams(team for each in found if each for team in each.teams)
    return found


def facts(place: Place, bot: Row, shared: Shared | None) -> Iterator[tuple[str, str]]:
    """In words. The team that Copilot Studio makes for each agent is named after it, and counts as those in it."""
    if shared is None:
        return
    own = bot["botid"].replace("-", "").lower()
    teams = [each for each in shared.teams if not (place.people.team_named(each) or "").lower().startswith(own)]
    told = ["everyone in the environment"] if shared.everyone else []
    told += [counted(len(shared.users), "person", "people")] if shared.users else []
    told += [counted(len(teams), "team")] if teams else []
    told += ["those in its own team"] if len(teams) < len(shared.teams) else []
    yield "Shared with", ", ".join(told) or "nobody"


def writers(place: Place, here: Ref, shared: Shared | None) -> Iterator[Record]:
    """Who may change the agent, and so whatever it does."""
    for user in sorted(shared.writers) if shared else ():
        via = "it is shared with them, to be changed"
        yield place.link(KIND, Relation.OWNS, place.people.user(user), here, via=via)


def _shared(place: Place, bot: Row) -> Shared:
    answer = place.dataverse.get(SHARED, place.scopes[KIND].meter, id=bot["botid"])
    users, teams, writing, everyone = [], [], set(), False
    for each in answer["PrincipalAccesses"]:
        principal = mapping(each.get("Principal"))
        kind, key = str(principal.get("@odata.type") or "").rpartition(".")[2], str(principal.get("ownerid") or "")
        if kind == "systemuser":
            users.append(key.lower())
            writing |= {key.lower()} if WRITES in str(each.get("AccessMask") or "") else set()
        elif kind == "team":
            teams.append(key.lower())
        elif kind == "organization":
            everyone = True
    return Shared(tuple(users), tuple(teams), everyone, frozenset(writing))
