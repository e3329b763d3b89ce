"""How do tests call the emulator: as sv0 does, with its key, its sessions and no patience?"""

from typing import Any

import boto3
from botocore.config import Config

from tests.emulators.aws.server import AwsEmulator

Session = dict[str, str]  # AccessKeyId, SecretAccessKey, SessionToken


def client(aws: AwsEmulator, service: str, session: Session | None = None, **patience: Any) -> Any:
    """Return a boto3 client that tries once, with a session or else with sv0's own key."""
    signed = aws.credentials
    if session is not None:
        signed = {
            "region_name": aws.estate.regions[0],
            "aws_access_key_id": session["AccessKeyId"],
            "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"],
        }
    config = Config(retries={"total_max_attempts": 1}, **patience)
    return boto3.client(service, endpoint_url=aws.url, config=config, **signed)  # type: ignore[call-overload]


def assume(sts: Any, role_arn: str, external_id: str | None) -> Session:
    """Return the session of a role, asked for with an ExternalId or without."""
    brought = {} if external_id is None else {"ExternalId": external_id}
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="sv0", **brought)
    return dict(session["Credentials"])


def reader_of(aws: AwsEmulator, account_id: str) -> Session:
    """Return a session of sv0-reader in a member account, by way of the hub role."""
    external_id = aws.estate.external_id
    hub = assume(client(aws, "sts"), aws.estate.hub_role_arn, external_id)
    return assume(client(aws, "sts", hub), f"arn:aws:iam::{account_id}:role/sv0-reader", external_id)
