"""Which MID servers let the instance into the customer's network, and as which account do they sign in?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Relation, Workload
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import MID_SERVERS
from connectors.sources.servicenow.place import Place, workload_ref
from connectors.sources.servicenow.values import Row, moment, text

FACTS = (("Status", "status"), ("Validated", "validated"), ("Host", "host_name"), ("Version", "version"))


def mid_servers(place: Place) -> Iterator[Record]:
    for page in place.tables.pages(MID_SERVERS):
        place.people.meet(names=[row.get("user_name") for row in page])
        for row in page:
            yield from _mid_server(place, row)


def _mid_server(place: Place, row: Row) -> Iterator[Record]:
    status = text(row, "status")
    found = Workload(
        id=place.instance.address(MID_SERVERS.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type="MID server",
        role="service",
        enabled=status.lower() == "up" if status else None,
        created_at=moment(row, "sys_created_on"),
        last_active_at=moment(row, "last_refreshed"),
        facts=tuple((label, value) for label, column in FACTS if (value := text(row, column))),
        **place.of(),
    )
    yield found
    if account := place.people.named(text(row, "user_name")):
        ref = place.people.account(account)
        yield linked(Relation.RUNS_AS, workload_ref(found), ref, place.scope.key, via="account of the MID server")
