"""What may a source say about a workload, an identity, a permission, a resource, an owner or an egress?

The same words for every cloud. A record has no tenant: `connectors.scan` stamps it from the connection, so a source
cannot put data in the wrong tenant. Absent is `None`, never `""`; unknown is never "no".

Addresses. `id` is the address by which other records point here: an ARN, a Graph object id, a sys_id. `provider_id` is
the provider's immutable id of this very object (an IAM role recreated under the same name keeps its ARN but gets a new
`AROA…` id); where the provider has one id only, both are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Access(StrEnum):
    """How strong a permission is. `admin` includes changing permissions; `assume` is becoming another identity."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    ASSUME = "assume"


class Grade(StrEnum):
    """How sure the metadata makes us that an edge can be walked."""

    GRANTED = "granted"
    CONDITIONAL = "conditional"  # a condition, a boundary or a deny narrows it
    UNKNOWN = "unknown"  # the other half of the evidence wasn't read


class Usage(StrEnum):
    """Whether something was used. `never`: not in the provider's whole tracking window; `unknown`: it doesn't say."""

    USED = "used"
    NEVER = "never"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """What a link between two objects means, read from source to target."""

    RUNS_AS = "runs_as"  # workload → identity
    CAN_ASSUME = "can_assume"  # identity (or whoever a trust names) → identity, as the target's trust says
    OWNS = "owns"  # owner → object
    CALLS = "calls"  # workload → workload (a trigger, a tool, a target)
    SAME_AS = "same_as"  # identity → identity of another system that is the same actor; by correlation, not by a source
    CONTAINS = "contains"  # a set of resources → a resource in it
    BARRED = "barred"  # identity → identity, or a set of them, that its own policies forbid it to become
    USES_DATA = "uses_data"  # workload → resource that it is configured with (a knowledge base, an event source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Points at another object: its kind (workload, identity, resource, owner), its address, the name to show."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A data domain (customer, hr, finance, source code, secrets, mail …) and how it was recognised, in words."""

    name: str
    because: str


class AliasKind(StrEnum):
    """By what another system may know the same actor."""

    CLIENT_ID = "client id"  # of an OAuth application
    FEDERATED_SUBJECT = "federated subject"  # issuer and subject, "https://…|repo:acme/app:…"
    ADDRESS = "address"  # an ARN or object id that an integration is configured with
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name by which another system may know an identity. `because`: which metadata shows it."""

    kind: AliasKind
    value: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key, secret or certificate of an identity; its metadata only. Times are UTC."""

    kind: str  # "access key", "client secret", "certificate" …
    id: str
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    usage: Usage = Usage.UNKNOWN
    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    id: str
    provider_id: str
    name: str
    type: str  # the provider's own kind in words: "IAM role", "Lambda function"
    system: str  # "aws", "entra" …
    scope: str  # key of the coverage scope in which it was read
    account_id: str | None = None
    account_name: str | None = None
    region: str | None = None
    created_at: datetime | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(_Object):
    """Something that runs: an agent, automation, function, script, flow or pipeline."""

    role: str  # "agent", "automation", "function", "service", "script", "pipeline"
    enabled: bool | None = None
    last_active_at: datetime | None = None
    modified_at: datetime | None = None
    open_to: str | None = None  # who may call it without proving who they are, in words; None: nobody known
    facts: tuple[tuple[str, str], ...] = ()  # further metadata worth showing, label → value


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(_Object):
    """Something that holds permissions: service principal, managed identity, IAM role or user, integration account."""

    enabled: bool | None = None
    last_used_at: datetime | None = None
    usage: Usage = Usage.UNKNOWN
    human: bool | None = None  # a person's identity (single sign-on role, console user), not a workload's
    provider_managed: bool = False  # service-linked: the provider owns and rotates it
    external: bool = False  # outside the organization: another company's account, anyone
    credentials: tuple[Credential, ...] = ()
    aliases: tuple[Alias, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(_Object):
    """Something that is reached: a bucket, a secret, a database; or a set of them that a permission names."""

    domains: tuple[Domain, ...] = ()  # said by classification when it's scanned, never by the source
    public: bool | None = None
    pattern: str | None = None  # for a set: what it matches, as the policy spells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(_Object):
    """A person or team that answers for objects; `active` is None where the source can't tell."""

    email: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An edge between two objects other than a permission. `conditions`: the condition keys or words that narrow it."""

    relation: Relation
    source: Ref
    target: Ref
    scope: str
    grade: Grade = Grade.GRANTED
    via: str | None = None  # what says so: "trust policy of billing-admin", "execution role"
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """An edge identity → resource, set of resources or assumable identity. `actions` as the policy spells them."""

    source: Ref
    target: Ref
    access: Access
    actions: tuple[str, ...]
    scope: str
    grade: Grade = Grade.GRANTED
    via: str | None = None  # "policy AdministratorAccess (AWS managed)", "inline policy export on group analysts"
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """An edge workload → a destination outside. `evidence` says in words which metadata shows it."""

    source: Ref
    destination: str  # a host name, or "internet"
    scope: str
    evidence: str
    grade: Grade = Grade.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What the source itself reports about an object."""

    id: str
    subject: Ref
    title: str
    severity: str
    scope: str
    reported_at: datetime | None = None


class ScopeState(StrEnum):
    """How the reading of one scope ended. Only `complete` proves that what was not seen is gone."""

    COMPLETE = "complete"
    DENIED = "denied"
    THROTTLED = "throttled"
    FAILED = "failed"
    SKIPPED = "skipped"  # deliberately not read: a suspended account, a region switched off
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeStarted:
    """The source begins to read a scope: "aws:111122223333:iam". `group` gathers scopes for the reader: an account.

    `within` is the scope that lists it: where that one is read completely and this one isn't begun, what it held is
    gone. `increment`: only what changed since the last complete reading is told, and what was `Removed`. The rest of
    the scope stays as it was, but for the edges from an object that is told again: they are told again with it.
    """

    scope: str
    label: str  # "IAM in billing-prod"
    group: str  # "111122223333"
    group_label: str  # "billing-prod (111122223333)"
    kind: str  # what rules name in `needs`: "iam", "lambda" …
    within: str | None = None
    increment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeEnded:
    """The source is done with a scope: after `complete`, what it did not yield there is gone.

    `missing` lists permissions that the provider refused; `error` is a sentence for the customer; `error_kind` is
    config (theirs to mend), transient (try again) or system (ours). `waited`: the seconds that the system's slowing
    down cost. `bookmark`: from where an increment can be read next time.
    """

    scope: str
    state: ScopeState
    missing: tuple[str, ...] = ()
    error: str | None = None
    error_kind: str | None = None
    retries: int = 0
    waited: float = 0.0
    bookmark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """In an increment: the object with this address isn't there any more, as the system says."""

    id: str
    scope: str


ObjectRecord = Workload | Identity | Resource | Owner
EdgeRecord = Link | Permission | Egress
Record = ObjectRecord | EdgeRecord | Alert | Removed | ScopeStarted | ScopeEnded
