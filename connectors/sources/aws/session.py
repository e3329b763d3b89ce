"""How does sv0 become the read-only role in an account, and how does it ask AWS something?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, RefreshableCredentials
from botocore.loaders import Loader, create_loader
from botocore.utils import parse_timestamp

from connectors.scope import Incomplete
from connectors.sources.aws.permissions import BY_OPERATION
from connectors.sources.aws.settings import Connection

ATTEMPTS = 8
LIFETIME = 3600  # seconds; AWS allows no more for a role assumed by a role
SESSION_NAME = "sv0"
# Where AWS offers what botocore lists no regions of. Source: the service's developer guide, "Supported AWS Regions".
UNLISTED: Mapping[str, Sequence[str]] = {
    "bedrock-agentcore-control": (
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-west-1", "ca-central-1", "sa-east-1",
        "eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
        "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2",
        "ap-southeast-5", "ap-southeast-7",
    )
}  # fmt: skip


@cache
def descriptions() -> Loader:
    """botocore's descriptions of the services: large, slow to read, and the same for everybody."""
    return create_loader()


class Assumed(CredentialProvider):
    """Credentials of a role, assumed again shortly before they end."""

    METHOD = "sts-assume-role"

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        super().__init__()
        self._assume = assume

    def load(self) -> Credentials:
        return RefreshableCredentials.create_from_metadata(
            metadata=self._assume(), refresh_using=self._assume, method=self.METHOD
        )


class Sessions:
    """Opens sessions and their clients.

    Creating clients isn't thread-safe in botocore, so it happens one at a time; clients themselves may be shared.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._first = self._new()
        self._lock = threading.Lock()
        self._regions: dict[str, frozenset[str]] = {}

    def base(self) -> botocore.session.Session:
        """Who sv0 is before it assumes anything: the connection's own key, else what boto3 finds in the environment."""
        session = self._new()
        if self.connection.access_key_id and self.connection.secret_access_key:
            session.set_credentials(self.connection.access_key_id, self.connection.secret_access_key)
        return session

    def assume(
        self, base: botocore.session.Session, role_arn: str, *, external_id: str | None
    ) -> botocore.session.Session:
        """A session as that role. Assumes it at once, so that a refusal is met here: botocore's ClientError."""
        sts = self.client(base, "sts", self.connection.home_region)
        request = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": LIFETIME}
        if external_id is not None:
            request["ExternalId"] = external_id

        def credentials() -> dict[str, str]:
            found = ask(sts, "AssumeRole", **request)["Credentials"]
            return {
                "access_key": found["AccessKeyId"],
                "secret_key": found["SecretAccessKey"],
                "token": found["SessionToken"],
                "expiry_time": found["Expiration"].isoformat(),
            }

        session = self._new()
        session.register_component("credential_provider", CredentialResolver([Assumed(credentials)]))
        session.get_credentials()
        return session

    def client(self, session: botocore.session.Session, service: str, region: str) -> Any:
        with self._lock:
            return session.create_client(service, region_name=region)

    def offers(self, service: str, region: str) -> bool:
        """Whether AWS offers the service in that region, switched on or not, as far as botocore knows."""
        return region in self.regions(service)

    def regions(self, service: str) -> list[str]:
        """Where AWS offers the service: the connection's own regions first, then the others in a stable order."""
        with self._lock:
            if service not in self._regions:
                listed = self._first.get_available_regions(service, self.connection.partition)
                found = listed or UNLISTED.get(service, ())
                self._regions[service] = frozenset(found)
        first = (self.connection.home_region, *self.connection.regions)
        return sorted(self._regions[service], key=lambda each: (each not in first, each))

    def _new(self) -> botocore.session.Session:
        session = botocore.session.Session()
        session.register_component("data_loader", descriptions())
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=in_utc)
        session.set_default_client_config(
            Config(
                retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
                connect_timeout=5,
                read_timeout=30,
                user_agent_extra="sv0",
            )
        )
        return session


def in_utc(moment: Any) -> datetime:
    """botocore's reading of a timestamp, which comes in this machine's time zone, in UTC."""
    return parse_timestamp(moment).astimezone(UTC)


def ask(client: Any, operation: str, **request: Any) -> dict[str, Any]:
    """One call. Every call of this source goes through here, so that none is made without a declared permission."""
    service = client.meta.service_model.service_name
    if (service, operation) not in BY_OPERATION:
        raise RuntimeError(f"{service} {operation} is not among the declared calls")
    answer: dict[str, Any] = getattr(client, xform_name(operation))(**request)
    return answer


def pages(client: Any, operation: str, *, by: str, then: str | None = None, **request: Any) -> Iterator[Any]:
    """Every page of a listing. `by` is the request's member for the page token, `then` the answer's where it differs.

    A page may be empty and still not be the last. A token that comes back a second time would never end: Incomplete.
    """
    seen: set[str] = set()
    while True:
        page = ask(client, operation, **request)
        yield page
        following = page.get(then or by)
        if not following:
            return
        if following in seen:
            raise Incomplete(f"{operation} sent the same page token twice")
        seen.add(following)
        request[by] = following
