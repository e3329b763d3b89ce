"""The demo's AWS: Acme Media Group, an invented media company with seventeen accounts and some thirty mistakes."""

from demo.estate import (
    administrators,
    assistants,
    data,
    doors,
    escalations,
    everyday,
    leftovers,
    odd_names,
    organization,
    people,
)
from demo.estate.ground_truth import GROUND_TRUTH
from demo.estate.names import ACCOUNTS, HOME, LATAM, PLATFORM, UNITED_STATES
from tests.emulators.aws.console import Console
from tests.emulators.aws.estate import Estate

__all__ = ["ESTATE"]


def build(console: Console) -> None:
    accounts = organization.build(console, ESTATE)
    for part in (data, everyday, administrators, doors, escalations, leftovers, assistants, odd_names, people):
        part.build(accounts)


ESTATE = Estate(
    management_account=ACCOUNTS["acme-media-group"],
    hub_role_arn=f"arn:aws:iam::{ACCOUNTS['acme-media-group']}:role/sv0-hub",
    external_id="a7d2e0c4-acme-media-group",
    access_key_id="AKIASV0PLATFORM00002",
    secret_access_key="demo/estate/secret/key/nobody/else/uses0",
    platform_account=PLATFORM,
    regions=(HOME, UNITED_STATES, LATAM),
    build=build,
    ground_truth=GROUND_TRUTH,
)
