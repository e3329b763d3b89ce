"""The hands an estate is built with: boto3 in any account, at any date, and what sv0 itself needs to be let in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from tests.emulators.aws.clock import Clock
from tests.emulators.aws.estate import Estate
from tests.emulators.aws.supplement import Supplement
from tests.emulators.aws.trust import iam_of

PLATFORM_USER = "sv0-platform"


class Console:
    """Acts on the emulator as nobody in particular, in whichever account is asked for.

    `today` is midnight UTC of the day that "n days ago" counts from. `organizations` fills up with the organization's
    id by account id.
    """

    def __init__(self, url: str, *, clock: Clock, supplement: Supplement, today: datetime) -> None:
        self.url = url
        self.clock = clock
        self.supplement = supplement
        self.today = today
        self.organizations: dict[str, str] = {}
        self._acting_in = ""
        self._session = boto3.Session(aws_access_key_id="AKIABUILDER000000000", aws_secret_access_key="unchecked")
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, account_id: str, region: str = "us-east-1") -> Any:
        """Return a boto3 client whose next call acts in the account. Don't keep it: another call moves it elsewhere."""
        self._acting_in = account_id
        if (service, region) not in self._clients:
            client: Any = self._session.client(  # type: ignore[call-overload]
                service,
                region_name=region,
                endpoint_url=self.url,
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            )
            client.meta.events.register("before-call", self._name_account)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _name_account(self, params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-moto-account-id"] = self._acting_in

    def on(self, day: str) -> None:
        """Make what is created next be created on a day, "2024-03-01", at nine in the morning UTC."""
        self.clock.at = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)

    def days_ago(self, days: int) -> datetime:
        """Return the moment so many days before today's midnight, as moto keeps moments: UTC without a zone."""
        return (self.today - timedelta(days=days)).replace(tzinfo=None)

    def admit_platform(self, estate: Estate) -> None:
        """Give sv0's own user, outside the organization, the estate's access key."""
        self.on("2024-01-15")
        client = self.client("iam", estate.platform_account)
        client.create_user(UserName=PLATFORM_USER)
        made: str = client.create_access_key(UserName=PLATFORM_USER)["AccessKey"]["AccessKeyId"]
        keys = iam_of(estate.platform_account).access_keys
        key = keys.pop(made)
        key.access_key_id, key.secret_access_key = estate.access_key_id, estate.secret_access_key
        keys[key.access_key_id] = key
