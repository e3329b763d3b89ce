"""What does a customer fill in to connect an AWS organization, and what does sv0 make of it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.source import ErrorKind, Setting, SourceError

ROLE_ARN = r"arn:(?P<partition>aws|aws-cn|aws-us-gov):iam::(?P<account>\d{12}):role/[\w+=,.@/-]+"
HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

SETTINGS = (
    Setting(
        name="role_arn",
        label="Role in the management account",
        help="The role sv0 assumes first. It may list the organization's accounts and assume the member role in each.",
        placeholder="arn:aws:iam::111122223333:role/sv0-reader",
        pattern=ROLE_ARN,
        pattern_help="The ARN of a role, like arn:aws:iam::111122223333:role/sv0-reader.",
    ),
    Setting(
        name="external_id",
        label="External id",
        help="The value that the trust policies of both roles require, so that nobody else can use them through sv0.",
        pattern=r"[\w+=,.@:/-]{8,1224}",
        pattern_help="8 to 1,224 letters, digits or + = , . @ : / _ -",
    ),
    Setting(
        name="member_role_name",
        label="Name of the role in every member account",
        help="Deployed by the stack set to each account; sv0-reader unless you renamed it.",
        required=False,
        placeholder="sv0-reader",
        pattern=r"[\w+=,.@-]{1,64}",
        pattern_help="The name of a role, not its ARN.",
    ),
    Setting(
        name="regions",
        label="Regions",
        help="One a line. Leave it empty to read every region that is switched on in each account.",
        required=False,
        multiple=True,
        placeholder="eu-west-1",
        pattern=r"[a-z]{2}(-[a-z]+)+-\d",
        pattern_help="The code of a region, like eu-west-1.",
    ),
    Setting(
        name="access_key_id",
        label="Access key id",
        help="Only if sv0 doesn't run with an AWS identity of its own that the role trusts.",
        required=False,
        pattern=r"[A-Z0-9]{16,128}",
        pattern_help="An access key id, like AKIAIOSFODNN7EXAMPLE.",
    ),
    Setting(
        name="secret_access_key",
        label="Secret access key",
        help="Belongs to the access key id.",
        secret=True,
        required=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The settings, checked. `account` is the management account, or whichever holds the role."""

    role_arn: str
    partition: str
    account: str
    external_id: str
    member_role_name: str
    regions: tuple[str, ...]
    access_key_id: str | None
    secret_access_key: str | None

    @property
    def home_region(self) -> str:
        return HOME_REGIONS[self.partition]

    def member_role(self, account: str) -> str:
        return f"arn:{self.partition}:iam::{account}:role/{self.member_role_name}"


def connection(settings: Mapping[str, Any]) -> Connection:
    """The settings as the connection they describe. SourceError (config) names the first one that is wrong."""
    arn = str(settings.get("role_arn") or "").strip()
    match = re.fullmatch(ROLE_ARN, arn)
    if match is None:
        raise SourceError("The role in the management account isn't the ARN of a role.", kind=ErrorKind.CONFIG)
    external_id = str(settings.get("external_id") or "")
    if len(external_id) < 8:
        raise SourceError("The external id is missing or shorter than 8 characters.", kind=ErrorKind.CONFIG)
    key, secret = settings.get("access_key_id") or None, settings.get("secret_access_key") or None
    if (key is None) != (secret is None):
        raise SourceError("An access key needs both its id and its secret, or neither.", kind=ErrorKind.CONFIG)
    return Connection(
        role_arn=arn,
        partition=match["partition"],
        account=match["account"],
        external_id=external_id,
        member_role_name=settings.get("member_role_name") or "sv0-reader",
        regions=tuple(dict.fromkeys(each.strip() for each in settings.get("regions") or () if each.strip())),
        access_key_id=key,
        secret_access_key=secret,
    )
