"""In which order is an account read, and what happens to the rest when a part of it can't be?

First the account itself, then its data, then IAM, whose permissions are named after the data, and the networks, then
which data the patterns of its policies mean, and last what runs, whose roles IAM knows, and which the networks let out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import botocore.session

from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind
from connectors.sources.aws import (
    agentcore,
    agents,
    containers,
    data,
    events,
    functions,
    iam,
    instances,
    jobs,
    messages,
    sagemaker,
    state_machines,
    vpcs,
)
from connectors.sources.aws.control_policies import ControlPolicies
from connectors.sources.aws.identity_center import IdentityCenter, sign_ins
from connectors.sources.aws.organization import Organization
from connectors.sources.aws.place import Account, Known, Place, Referenced
from connectors.sources.aws.session import Sessions
from connectors.sources.aws.trouble import ERRORS, is_denied, trouble
from connectors.stream import Stream

REGIONS_AT_ONCE = 4
NAMING_NOBODY = ("network", "usage", "identity-center")  # scopes that tell of no owner and no outsider
Reader = Callable[[Place], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Unit:
    """What one scope of an account in one region reads. `service` is the one whose absence makes it pointless."""

    kind: str
    label: str
    service: str
    readers: tuple[Reader, ...]


BUCKETS = Unit("data", "S3", "s3", (data.buckets,))
DATA = Unit(
    "data",
    "Secrets, databases, keys, queues and topics",
    "kms",
    (data.secrets, data.tables, data.databases, data.keys, messages.queues, messages.topics),
)
IAM = Unit("iam", "IAM", "iam", (iam.identities,))
NETWORK = Unit("network", "Networks", "ec2", (vpcs.networks,))
RUNNING = (
    Unit("lambda", "Lambda", "lambda", (functions.functions, functions.event_sources)),
    Unit("ecs", "ECS", "ecs", (containers.containers,)),
    Unit("ec2", "EC2", "ec2", (instances.instances,)),
    Unit("stepfunctions", "Step Functions", "stepfunctions", (state_machines.state_machines,)),
    Unit("eventbridge", "EventBridge", "events", (events.rules, events.schedules)),
    Unit("glue", "Glue", "glue", (jobs.glue_jobs,)),
    Unit("codebuild", "CodeBuild", "codebuild", (jobs.build_projects,)),
    Unit("bedrock", "Bedrock agents", "bedrock", (agents.agents,)),
    Unit("agentcore", "AgentCore", "bedrock-agentcore-control", (agentcore.runtimes, agentcore.gateways)),
    Unit("sagemaker", "SageMaker", "sagemaker", (sagemaker.notebooks, sagemaker.endpoints)),
)


@dataclass(slots=True)
class Reading:
    """What the threads of one scan share. `done` scopes were completed before the scan was interrupted."""

    sessions: Sessions
    hub: botocore.session.Session
    stream: Stream
    done: frozenset[str]
    referenced: Referenced
    organization: str  # the scope that lists the accounts
    control: ControlPolicies = field(default_factory=lambda: ControlPolicies(Organization()))
    center: IdentityCenter = field(default_factory=IdentityCenter)
    accounts: dict[str, Account] = field(default_factory=dict)
    incomplete: list[Scope] = field(default_factory=list)  # those not read to their end

    def scope(self, key: str, label: str) -> Scope:
        return Scope(key=key, label=label, stream=self.stream, silent=key in self.done)


class AccountReading:
    """Reads one account, in one thread, with threads of its own for the account's regions."""

    def __init__(self, reading: Reading, account: Account) -> None:
        self.reading = reading
        self.account = account
        self.known = Known(guardrails=reading.control.over(account))
        self.session = reading.hub  # until the account's own role is assumed
        self.entered = False
        self.enabled: list[str] | None = None  # None: couldn't be asked
        self.home = reading.sessions.connection.home_region

    def read(self) -> None:
        with self._opened("account", f"Access to {self.account.name}", kind="account") as scope:
            if self.account.state == "ACTIVE":
                self._enter(scope)
            else:
                scope.note(_passed_over(self.account))
        if not self.entered:
            return
        units = [(unit, region) for region in self._regions() for unit in RUNNING]
        networks: list[tuple[Unit, str | None]] = [(NETWORK, region) for region in self._regions()]
        keys = {self._key(*each) for each in (*units, *networks, (BUCKETS, None), (IAM, None))}
        if keys | {f"aws:{self.account.id}:{each}" for each in ("usage", "sign-ins")} <= self.reading.done:
            return
        self._all([(BUCKETS, None), *((DATA, region) for region in self._regions())])
        self._identities_and(networks)
        self._reach()
        self._sign_ins()
        self._all(units)

    def _identities_and(self, others: list[tuple[Unit, str | None]]) -> None:
        """IAM, with what its identities used in a scope of its own: they are known without it."""
        with self._opened("usage", f"What identities used in {self.account.name}", kind="usage") as scope:
            self.known.usage = scope
            self._all([(IAM, None), *others])
            self.reading.stream.go_on()
            if not self.known.iam_complete:
                sentence = f"What identities used is not known, because IAM in {self.account.name} is incomplete."
                scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))

    def _enter(self, scope: Scope) -> None:
        """Assumes the role in the account, makes sure that it is that account's, and asks which regions are on."""
        self.reading.stream.go_on()
        try:
            session = self._assumed()
        except ERRORS as error:
            scope.note(locked_out(error, self.account, self.reading.sessions))
            return
        place = self._place(scope, self.home, session, regional=False)
        with place.noting():
            found = place.ask("sts", "GetCallerIdentity")["Account"]
            if found != self.account.id:
                scope.note(_wrong_account(self.account, found))
                return
            self.session, self.entered = session, True
            rows = place.ask("ec2", "DescribeRegions", AllRegions=False)["Regions"]
            self.enabled = [row["RegionName"] for row in rows]

    def _assumed(self) -> botocore.session.Session:
        sessions, connection = self.reading.sessions, self.reading.sessions.connection
        if self.account.id == connection.account:
            return self.reading.hub
        role = connection.member_role(self.account.id)
        return sessions.assume(self.reading.hub, role, external_id=connection.external_id)

    def _regions(self) -> list[str]:
        """The configured regions that exist, else those that are switched on."""
        configured = self.reading.sessions.connection.regions
        if configured:
            return [region for region in configured if self.reading.sessions.offers("ec2", region)]
        return self.enabled or []

    def _all(self, units: Sequence[tuple[Unit, str | None]]) -> None:
        with ThreadPoolExecutor(REGIONS_AT_ONCE, thread_name_prefix=f"aws-{self.account.id}") as pool:
            for _ in pool.map(lambda each: self._read(*each), units):
                pass

    def _read(self, unit: Unit, region: str | None) -> None:
        label = f"{unit.label} in {self.account.name}" + (f", {region}" if region else "")
        with self._opened(self._key(unit, region), label, kind=unit.kind) as scope:
            self.reading.stream.go_on()
            absent = self._absent(unit, region)
            if absent is not None:
                scope.note(absent)
            else:
                place = self._place(scope, region or self.home, self.session, regional=region is not None)
                place.read(*unit.readers)
                place.close()
        if unit.kind == "data" and scope.state is not ScopeState.COMPLETE:
            self.known.incomplete.append(scope)

    def _absent(self, unit: Unit, region: str | None) -> Trouble | None:
        """Why there is nothing to read, known without asking: the region is off, or AWS doesn't offer that there."""
        if region is None:
            return None
        if self.enabled is not None and region not in self.enabled:
            sentence = f"The region {region} is switched off in {self.account.name}."
        elif not self.reading.sessions.offers(unit.service, region):
            sentence = f"AWS doesn't offer {unit.label} in {region}."
        else:
            return None
        return Trouble(ScopeState.SKIPPED, sentence, ErrorKind.CONFIG)

    def _reach(self) -> None:
        """Links the sets that policies name to what was read; complete only if both sides of that were."""
        with self._opened("reach", f"Data named by policies in {self.account.name}", kind="data") as scope:
            self.reading.stream.go_on()
            for each in self.known.incomplete:
                sentence = f"Which data patterns in policies mean is not certain, because {each.label} is incomplete."
                scope.note(Trouble(each.state, sentence, each.kind_of_trouble))
            if not self.known.iam_complete:
                sentence = f"Which data policies name is not known, because IAM in {self.account.name} is incomplete."
                scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
            for link in data.members(self._place(scope, self.home, self.session, regional=False)):
                scope.put(link)

    def _sign_ins(self) -> None:
        """Who signs in as which of the account's roles; certain only if both sides of that were read."""
        label = f"Who signs in to {self.account.name}"
        with self._opened("sign-ins", label, kind="identity-center") as scope:
            self.reading.stream.go_on()
            if not (self.known.iam_complete and self.reading.center.complete):
                sentence = f"{label} is not certain, because IAM or Identity Center was not read to its end."
                scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
            for link in sign_ins(self._place(scope, self.home, self.session, regional=False), self.reading.center):
                scope.put(link)

    def _key(self, unit: Unit, region: str | None = None) -> str:
        return f"aws:{self.account.id}:{unit.kind}" + (f":{region}" if region else "")

    @contextmanager
    def _opened(self, key: str, label: str, *, kind: str) -> Iterator[Scope]:
        full = key if key.startswith("aws:") else f"aws:{self.account.id}:{key}"
        scope = self.reading.scope(full, label)
        within = self.reading.organization if kind == "account" else f"aws:{self.account.id}:account"
        with opened(scope, kind=kind, group=self.account.id, group_label=self.account.label, within=within):
            yield scope
        if scope.state is not ScopeState.COMPLETE and kind not in NAMING_NOBODY:
            self.reading.incomplete.append(scope)

    def _place(self, scope: Scope, region: str, session: botocore.session.Session, *, regional: bool) -> Place:
        return Place(
            account=self.account,
            region=region,
            scope=scope,
            sessions=self.reading.sessions,
            session=session,
            known=self.known,
            referenced=self.reading.referenced,
            regional=regional,
        )


def _passed_over(account: Account) -> Trouble:
    state = account.state.lower().replace("_", " ")
    return Trouble(ScopeState.SKIPPED, f"{account.label} is {state} and was not read.", ErrorKind.CONFIG)


def _wrong_account(account: Account, found: str) -> Trouble:
    sentence = f"The role assumed for {account.label} turned out to belong to the account {found}."
    return Trouble(ScopeState.FAILED, sentence, ErrorKind.CONFIG)


def locked_out(error: Exception, account: Account, sessions: Sessions) -> Trouble:
    """AWS answers alike to a missing role, a trust without us and a wrong ExternalId: the sentence says all."""
    if not is_denied(error):
        return trouble(error, where=account.label, action="sts:AssumeRole", regional=False)
    sentence = (
        f"The role {sessions.connection.member_role_name} in {account.label} can't be assumed: it is missing, "
        "or its trust or ExternalId doesn't match."
    )
    return Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, ("sts:AssumeRole",))
