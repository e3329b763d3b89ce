"""By which doors is a site entered, and with which key: the site itself, Atlassian's gateway, automation, organization?

A classic API token opens the site's own address; a scoped one and OAuth 2.0 only the gateway
(https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#authentication). Which one it is shows when tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.http import Client, HttpError, NotFound, Refused, SignInFailed, Unauthorized, placed
from connectors.http.client import Authorize
from connectors.inventory.records import Ref
from connectors.source import ErrorKind, Keep, SourceError
from connectors.sources.jira.permissions import MYSELF, TENANT
from connectors.sources.jira.settings import Connection
from connectors.sources.jira.signing import AccessToken, Basic, Bearer, Nobody

SITES, GATEWAY, LOGIN = ".atlassian.net", "api.atlassian.com", "auth.atlassian.com"


@dataclass(frozen=True, slots=True)
class Site:
    """A site that lets us in. `doors`: a client for each; one that the credentials can't open is missing."""

    host: str
    cloud: str
    myself: Mapping[str, Any]
    doors: Mapping[str, Client]

    def address(self, kind: str, id: str | int) -> str:  # noqa: A002 - the vendor's word
        """The address of an object of ours."""
        return f"jira/{self.cloud}/{kind}/{id}"

    def ref(self, record: str, kind: str, id: str | int, name: str) -> Ref:  # noqa: A002
        """Points at an object; `record` is workload, identity, resource or owner."""
        return Ref(kind=record, id=self.address(kind, id), name=name)


def opened(connection: Connection, *, keep: Keep, go_on: Callable[[], None] = lambda: None) -> Site:
    """Signs in. SourceError where there is no such site, or it doesn't let us in."""
    base = placed("jira", f"https://{connection.host}", under=(SITES,))
    gateway = _placed(GATEWAY)
    cloud = _cloud(Client(base, authorize=Nobody(), go_on=go_on), connection)
    own: Authorize
    behind = f"{gateway}/ex/jira/{cloud}"
    if connection.email and connection.api_token:
        own = Basic(connection.email, connection.api_token)
        bases = {"jira": (base, behind), "automation": (f"{gateway}/automation/public/jira/{cloud}",), "site": (base,)}
    else:
        own = AccessToken(login(go_on), app(connection), refresh_token=connection.refresh_token, keep=keep)
        bases = {"jira": (behind,)}
    clients = {door: [Client(each, authorize=own, go_on=go_on) for each in found] for door, found in bases.items()}
    jira, myself = _let_in(clients.pop("jira"), connection)
    doors = {door: found[0] for door, found in clients.items()} | {"jira": jira}
    if connection.organization_key:
        doors["organization"] = Client(gateway, authorize=Bearer(connection.organization_key), go_on=go_on)
    return Site(connection.host, cloud, myself, doors)


def login(go_on: Callable[[], None] = lambda: None) -> Client:
    """Where Atlassian gives tokens."""
    return Client(_placed(LOGIN), authorize=Nobody(), go_on=go_on)


def app(connection: Connection) -> dict[str, str]:
    """What an OAuth 2.0 client says of itself."""
    return {"client_id": connection.client_id or "", "client_secret": connection.client_secret or ""}


def granted_sites(access_token: str) -> dict[str, str]:
    """Address → cloud id of the sites that an access token opens."""
    rows = Client(_placed(GATEWAY), authorize=Bearer(access_token)).get("/oauth/token/accessible-resources")
    return {row["url"].rstrip("/").lower(): row["id"] for row in rows}


def consent_page() -> str:
    """The address of the page where Atlassian asks a person."""
    return f"{_placed(LOGIN)}/authorize"


def _placed(host: str) -> str:
    return placed("jira", f"https://{host}", under=(host,))


def _cloud(anybody: Client, connection: Connection) -> str:
    try:
        found: str = anybody.get(TENANT.path)["cloudId"]
    except NotFound as error:
        raise SourceError(f"There is no Jira site at {connection.host}.", kind=ErrorKind.CONFIG) from error
    except HttpError as error:
        raise SourceError(f"{connection.host} couldn't be reached.", kind=ErrorKind.TRANSIENT) from error
    except (KeyError, TypeError) as error:
        raise SourceError(f"{connection.host} doesn't answer as a Jira site does.", kind=ErrorKind.CONFIG) from error
    return found


def _let_in(doors: list[Client], connection: Connection) -> tuple[Client, Mapping[str, Any]]:
    """The first door that opens, and as whom."""
    for door in doors:
        try:
            return door, door.get(MYSELF.path)
        except (Unauthorized, Refused):
            continue
        except SignInFailed as error:
            raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from error
        except HttpError as error:
            raise SourceError(f"{connection.host} couldn't be reached.", kind=ErrorKind.TRANSIENT) from error
    told = "the e-mail address and the API token" if connection.email else "the OAuth 2.0 credentials"
    sentence = f"{connection.host} doesn't accept {told}, or they lack {', '.join(MYSELF.scopes)}."
    raise SourceError(sentence, kind=ErrorKind.CONFIG, missing=MYSELF.scopes)
