"""What is an estate: the AWS organization an emulator holds, and what is true of it?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulators.aws.console import Console

# A workload's, role's, user's or key's place and name: "account-name/kind/name", e.g. "billing-prod/role/exporter".
Place = str


@dataclass(frozen=True, kw_only=True)
class GroundTruth:
    """What is true of an estate, written down by hand from what its author meant.

    Each of `findings` is the set of places a rule is expected to report, by rule id. `runs_as` holds every workload
    that acts with a role and the role it acts with; `administrators` every identity with administrative authority of
    its own. `near_misses` say what must not be reported, by rule id, and `told_by_last_accessed` what takes IAM's
    service-last-accessed data to see: the identity is in use, one of its rights isn't. `unreadable` are the accounts
    no scan can read, and why.
    """

    accounts: Mapping[str, str]
    runs_as: Mapping[Place, Place]
    administrators: frozenset[Place]
    findings: Mapping[str, frozenset[Place]]
    near_misses: Mapping[str, frozenset[Place]]
    told_by_last_accessed: Mapping[str, frozenset[Place]]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Estate:
    """An organization to emulate: how it is built, how sv0 gets in, what is true of it."""

    management_account: str
    hub_role_arn: str
    external_id: str
    access_key_id: str
    secret_access_key: str
    platform_account: str
    regions: tuple[str, ...]
    build: "Callable[[Console], None]"
    ground_truth: GroundTruth
