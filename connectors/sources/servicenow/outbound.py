"""Which messages and connections lead out of the instance, to which hosts, and as whom?"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from connectors.inventory.records import Egress, Grade, Record, Ref, Relation, Workload
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import (
    ALIASES,
    CONNECTIONS,
    FUNCTIONS,
    MESSAGES,
    SOAP,
    SOAP_FUNCTIONS,
    Table,
)
from connectors.sources.servicenow.place import Place, Way, workload_ref
from connectors.sources.servicenow.values import Row, flag, host_of, moment, text

SOMEWHERE = "internet"  # an address that only the call tells
AUTHENTICATION = {
    "no_authentication": "none",
    "noauthentication": "none",
    "basic": "basic",
    "basic_simple": "basic, in the message itself",
    "oauth2": "OAuth 2.0",
}


def rest_messages(place: Place) -> Iterator[Record]:
    for page in place.tables.pages(MESSAGES):
        functions = place.tables.by(FUNCTIONS, "rest_message", [row["sys_id"] for row in page])
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            below = functions[row["sys_id"]]
            addresses = [row.get("rest_endpoint", ""), *(each.get("rest_endpoint", "") for each in below)]
            message = _Message(MESSAGES, row, "REST message", addresses, tuple(_rest_facts(row, below)))
            way = yield from _told(place, message)
            place.known.rest[row["name"]] = way
            place.known.functions |= dict.fromkeys((each["sys_id"] for each in below), way)


def soap_messages(place: Place) -> Iterator[Record]:
    for page in place.tables.pages(SOAP):
        functions = place.tables.by(SOAP_FUNCTIONS, "soap_message", [row["sys_id"] for row in page])
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            addresses = [each.get("soap_endpoint", "") for each in functions[row["sys_id"]]]
            place.known.soap[row["name"]] = yield from _told(place, _Message(SOAP, row, "SOAP message", addresses, ()))


def connections(place: Place) -> Iterator[Record]:
    """Connections by whose alias a spoke calls another system."""
    aliases = {row["sys_id"]: row for row in place.tables.rows(ALIASES)}
    for page in place.tables.pages(CONNECTIONS):
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            facts = (("Through", "a MID server"),) if flag(row, "use_mid") else ()
            host = text(row, "host")
            addresses = [row.get("connection_url") or (f"https://{host}" if host else "")]
            message = _Message(CONNECTIONS, row, "Connection", addresses, facts)
            way = yield from _told(place, message, enabled=flag(row, "active"))
            alias = aliases.get(row.get("connection_alias", ""))
            if alias and flag(row, "active") is not False:
                place.known.connections.setdefault(alias["sys_scope"], []).append(way)
                for name in filter(None, (alias["sys_id"], text(alias, "id"))):
                    place.known.aliases.setdefault(name, []).append(way)


def leads_out(way: Way, source: Ref, scope: str, *, evidence: str, grade: Grade = Grade.GRANTED) -> Iterator[Egress]:
    """Where something sends data that goes that way. `evidence` is a sentence with {host} in it."""
    for host in way.hosts:
        yield Egress(source=source, destination=host, scope=scope, evidence=evidence.format(host=host), grade=grade)
    if way.unknown:
        told = evidence.format(host="an address that is worked out at run time")
        yield Egress(source=source, destination=SOMEWHERE, scope=scope, evidence=told, grade=Grade.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Message:
    table: Table
    row: Row
    type: str
    addresses: Sequence[str]
    facts: tuple[tuple[str, str], ...]


def _told(place: Place, message: _Message, *, enabled: bool | None = None) -> Generator[Record, None, Way]:
    """Tells of a message or connection with where it leads; returns the way."""
    row, scope = message.row, place.scope.key
    found = Workload(
        id=place.instance.address(message.table.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type=message.type,
        role="function",
        enabled=enabled,
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        facts=message.facts,
        **place.of(),
    )
    yield found
    way = _way(place, message, workload_ref(found))
    yield from leads_out(way, way.ref, scope, evidence="It is configured to call {host}.")
    if way.acts_as:
        yield linked(Relation.RUNS_AS, way.ref, way.acts_as, scope, via="signs in at the other system as")
    yield from place.people.made(row.get("sys_created_by"), way.ref, scope)
    return way


def _way(place: Place, message: _Message, ref: Ref) -> Way:
    said = [address for address in message.addresses if address.strip()]
    hosts = [host_of(address) for address in said]
    credential = message.row.get(_signing(message.row), "")
    return Way(
        ref=ref,
        hosts=tuple(dict.fromkeys(host for host in hosts if host)),
        unknown=None in hosts or not said,
        acts_as=place.known.credentials.get(credential),
        told=f"{message.type} {ref.name}",
    )


def _signing(row: Row) -> str:
    """The column that names the credential in use."""
    columns = {"oauth2": "oauth2_profile", "basic": "basic_auth_profile"}
    return columns.get(row.get("authentication_type", ""), "credential")


def _rest_facts(row: Row, functions: Sequence[Row]) -> Iterator[tuple[str, str]]:
    said = (text(row, "authentication_type") or "").lower()
    yield "Authentication", AUTHENTICATION.get(said, said.replace("_", " ") or "unknown")
    if user := text(row, "basic_auth_user"):
        yield "Signs in as", user
    if row.get("access"):
        yield "Usable from", "all applications" if row["access"] == "public" else "its own application"
    if methods := sorted({each["http_method"].upper() for each in functions if each.get("http_method")}):
        yield "Methods", ", ".join(methods)
    if any(text(each, "use_mid_server") for each in functions):
        yield "Through", "a MID server"
