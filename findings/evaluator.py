"""What is a rule, what does it answer, which rules are there, and which words do they share?"""

from __future__ import annotations

import csv
import pkgutil
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from connectors.inventory import graph
from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Credential, Grade, Identity, Owner, Resource, Usage, Workload
from connectors.inventory.subjects import DataDomain, OwnConnection
from findings import severity as scale
from findings.mappings import MAPPINGS

Hop = graph.Hop  # so that an evaluator imports what it needs from here
AccessPath = graph.Path
Severity = scale.Severity
Factor = scale.Factor
Weight = scale.Weight
A_BAND = scale.A_BAND
EVALUATORS = "findings.evaluators"
# What administrative authority is held over, and which roles let their holder take any other right in a directory.
ACCOUNTS = frozenset({"AWS account", "Azure tenant", "Azure management group", "Azure subscription"})
DIRECTORY = frozenset({"directory role", "app role"})
Subject = Workload | Identity | Resource | DataDomain | OwnConnection
KINDS: dict[type, str] = {
    Workload: "workload",
    Identity: "identity",
    Resource: "resource",
    DataDomain: "domain",
    OwnConnection: "connection",
}
# Domains whose loss hurts people or the company; the others (logs, backups …) are told but raise nothing.
SENSITIVE = frozenset(
    {"customer", "hr", "finance", "health", "legal", "source code", "secrets", "mail", "directory", "confidential"}
)
_SURENESS = (Grade.GRANTED, Grade.CONDITIONAL, Grade.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number that a tenant may change: what it is in words, the default, its unit, the least and the most of it."""

    default: int
    label: str
    unit: str
    least: int
    most: int


WINDOW = Threshold(default=30, label="Within", unit="days", least=1, most=365)
QUIET = Threshold(default=90, label="Unused for", unit="days", least=7, most=730)  # nobody would notice others' use
Approved = Callable[
    [Workload | Resource], str | None
]  # why a tenant has approved of this AI, in words; None: it hasn't
Judge = Callable[..., "Found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tenant says about rules: which are off, which thresholds differ, which AI it has approved of.

    `thresholds` is (rule's id, threshold's name) → value. `approved` is None where the tenant keeps no list, so that
    nothing can be said to be missing from it.
    """

    off: frozenset[str] = frozenset()
    thresholds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    approved: Approved | None = None


AS_IT_IS = Settings()  # of a tenant that has said nothing


class Family(StrEnum):
    """What the catalogue gathers rules under."""

    ACCOUNTABILITY = "Accountability over time"
    DRIFT = "Scope drift"
    CROSS_SYSTEM = "Cross-system authority"
    EGRESS = "Illicit automation with egress"
    CREDENTIALS = "Credentials"
    SHADOW_AI = "Shadow AI"
    AUTHORITY = "Authority"
    HYGIENE = "sv0 itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A problem of one subject. `because` is one sentence with names, ending in a full stop.

    `facts` is label → value, what the rule looked at; labels are the rule's own words. `scopes` are coverage scopes
    that the evidence needs beyond those of the subject and of the path. `discriminator` tells two problems of one
    subject under one rule apart, by a provider's id. `raised` is what the rule itself adds to its base severity, beyond
    the factors that findings.weighing knows. `at` is the address of the object whose connection the finding belongs to,
    where the subject itself was not read from one.
    """

    because: str
    path: tuple[Hop, ...] = ()
    raised: tuple[Weight, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    discriminator: str | None = None
    at: str | None = None


Found = Hit | Iterable[Hit] | None
Answer = TypeVar("Answer", bound=Found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One evaluator with what it says of itself. `version` grows with its logic; `identity_version` only when what it
    calls one finding changes, which makes new findings of all of them. `needs` are the kinds of coverage without which
    not hitting proves nothing. `given` are the factors that the severity counts already. A rule with a `clock` looks at
    the time: its answer changes where nothing else does."""

    do_not_call_in_templates: ClassVar[bool] = True  # Django would, to show one

    id: str
    module: str
    subjects: tuple[type, ...]
    family: Family
    title: str
    severity: Severity
    why: str
    fix: Mapping[str, str]  # system, or "" for any other → one step a line; commands in backticks
    maps_to: tuple[str, ...]
    needs: tuple[str, ...]
    given: frozenset[Factor]
    thresholds: Mapping[str, Threshold]
    asks_approval: bool
    clock: bool
    version: int
    identity_version: int
    judge: Judge

    def __call__(self, subject: Any, inventory: Inventory, settings: Settings = AS_IT_IS) -> Found:
        """The hit or hits, or None: no problem, or unknown."""
        numbers: dict[str, Any] = {
            name: settings.thresholds.get((self.id, name), threshold.default)
            for name, threshold in self.thresholds.items()
        }
        return self.judge(
            subject, inventory, **numbers, **({"approved": settings.approved} if self.asks_approval else {})
        )

    def is_asked(self, settings: Settings) -> bool:
        """Whether the tenant has it evaluated: it isn't off, and the list that it compares with is kept."""
        return self.id not in settings.off and not (self.asks_approval and settings.approved is None)

    def steps(self, system: str) -> list[str]:
        """What to do in that system, step by step."""
        return self.fix.get(system, self.fix.get("", "")).strip().splitlines()

    @property
    def mappings(self) -> list[tuple[str, str]]:
        """(code, what the code stands for) in public catalogues."""
        return [(code, MAPPINGS[code]) for code in self.maps_to]


class Answering(Rule, Generic[Answer]):
    """A rule of which is known whether it answers with one hit or several."""

    def __call__(self, subject: Any, inventory: Inventory, settings: Settings = AS_IT_IS) -> Answer:
        """The hit or hits, or None: no problem, or unknown."""
        return cast(Answer, super().__call__(subject, inventory, settings))


def evaluator(
    *subjects: type,
    family: Family,
    title: str,
    severity: Severity,
    why: str,
    fix: str | Mapping[str, str],
    maps_to: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    given: tuple[Factor, ...] = (),
    thresholds: Mapping[str, Threshold] | None = None,
    clock: bool = False,
    version: int = 1,
    identity_version: int = 1,
) -> Callable[[Callable[..., Answer]], Answering[Answer]]:
    """Make a function over some kinds of subjects the rule of its file.

    The function takes the subject, the inventory, each threshold by its name, and `approved` if it wants that.
    ValueError for a mapping that nobody explained, and for a function that doesn't take what it declares.
    """
    unknown = set(maps_to) - MAPPINGS.keys()
    if unknown:
        raise ValueError(f"Not in MAPPINGS: {', '.join(sorted(unknown))}")

    def decorate(judge: Callable[..., Answer]) -> Answering[Answer]:
        keywords = {name for name, each in signature(judge).parameters.items() if each.kind is each.KEYWORD_ONLY}
        if keywords - {"approved"} != (thresholds or {}).keys():
            raise ValueError(f"{judge.__name__} must take its thresholds by name: {', '.join(thresholds or ())}")
        return Answering(
            id=judge.__name__,
            module=judge.__module__,
            subjects=subjects,
            family=family,
            title=title,
            severity=severity,
            why=why,
            fix={"": fix} if isinstance(fix, str) else fix,
            maps_to=maps_to,
            needs=needs,
            given=frozenset(given),
            thresholds=thresholds or {},
            asks_approval="approved" in keywords,
            clock=clock,
            version=version,
            identity_version=identity_version,
            judge=judge,
        )

    return decorate


def fixes(file: str) -> dict[str, str]:
    """What to do by system: the TOML beside an evaluator's file, under the same name; `other` is for any other one."""
    beside = Path(file).parent if Path(file).stem == "__init__" else Path(file)
    told = tomllib.loads(beside.with_suffix(".toml").read_text(encoding="utf-8"))
    return {"" if system == "other" else system: text for system, text in told.items()}


def discover(package: str = EVALUATORS) -> dict[str, Rule]:
    """Every rule by its id, which is its file's name. ImportError or TypeError for a broken file: better no start than
    a rule that silently doesn't run."""
    names = sorted(module.name for module in pkgutil.iter_modules(import_module(package).__path__))
    return {name: _rule(package, name) for name in names}


def _rule(package: str, name: str) -> Rule:
    rule = getattr(import_module(f"{package}.{name}"), name, None)
    if not isinstance(rule, Rule):
        raise TypeError(f"{package}/{name}.py has no evaluator called {name}.")
    return rule


@cache
def rules() -> Mapping[str, Rule]:
    """The rules of this installation, read once."""
    return discover()


def needing(kinds: Iterable[str]) -> list[str]:
    """The titles of the rules that can't be evaluated where one of these kinds of coverage is missing."""
    return sorted(rule.title for rule in rules().values() if set(rule.needs) & set(kinds))


def silence(identity: Identity, now: datetime) -> timedelta | None:
    """How long the identity has certainly not been used: since its last use, or since it was made. None: unknown."""
    since = {Usage.USED: identity.last_used_at, Usage.NEVER: identity.created_at}.get(identity.usage)
    return now - since if since else None


def administers(hop: Hop) -> bool:
    """Whether the hop is authority over a whole account or directory, as far as the metadata is sure."""
    sure = hop.access is Access.ADMIN and hop.grade is not Grade.UNKNOWN
    whole = hop.target_type in ACCOUNTS | DIRECTORY and "@" not in hop.target.id  # @: in one administrative unit alone
    return sure and hop.relation == "permission" and whole


def authority(hop: Hop) -> str:
    """What a hop that administers gives, in words: "administers billing-prod"."""
    if hop.target_type in ACCOUNTS:
        return f"administers {hop.target.name}"
    return f"holds {hop.target.name} in {hop.target_account or 'its directory'}, and with it any right there"


def known(paths: Iterable[AccessPath]) -> list[AccessPath]:
    """The paths of which no step is unknown."""
    return [path for path in paths if path.grade is not Grade.UNKNOWN]


def touched(path: AccessPath) -> set[str]:
    """The sensitive domains at the end of a path."""
    return {*path.hops[-1].target_domains} & SENSITIVE


def acting(path: AccessPath) -> str:
    """As whom a path acts, in words: "Export and then Billing-Admin"; nobody's name where it takes no identity."""
    return " and then ".join(dict.fromkeys(hop.target.name for hop in path.hops[:-1] if hop.target.kind == "identity"))


def is_ai(subject: Workload | Resource) -> bool:
    """Whether it is an AI that an organization would approve of one by one: an agent, or a model that is served."""
    return subject.role == "agent" if isinstance(subject, Workload) else subject.type == "Model deployment"


def live(credential: Credential, now: datetime) -> bool:
    """Whether it still opens something, as far as is known."""
    return credential.enabled is not False and (credential.expires_at is None or credential.expires_at > now)


def crosses(path: AccessPath) -> Hop | None:
    """The first hop that leads from one system into another."""
    pairs = ((hop, hop.source_system, hop.target_system) for hop in path.hops)
    return next((hop for hop, here, there in pairs if here and there and here != there), None)


def grown(identity: Identity, inventory: Inventory, window_days: int) -> list[Hop]:
    """The permissions that an identity has had for less than the window, and certainly didn't have before: it was
    known already, what was read of it was read completely, and nobody has confirmed it since."""
    since, word = inventory.first_seen(identity.id), inventory.acknowledged(identity.id)
    if since is None:
        return []
    start = max(filter(None, (since, word, inventory.now - timedelta(window_days))))
    held = (hop for hop in inventory.edges_from(identity.id, "permission") if hop.grade is not Grade.UNKNOWN)
    newer = [hop for hop in held if hop.first_seen > start]
    return [hop for hop in newer if (read := inventory.known_since(hop.scope)) is not None and hop.first_seen > read]


def is_our_own(subject: Workload | Identity) -> bool:
    """Whether the organization answers for it: not the provider's, nobody else's, no person's, nobody who only vouches
    for others, and not switched off."""
    if subject.enabled is False or subject.type.endswith(" provider"):
        return False
    return isinstance(subject, Workload) or not (subject.provider_managed or subject.external or subject.human)


def has_left(owners: Iterable[Owner]) -> bool:
    """Whether somebody is known to answer, and none of them is still there."""
    known_ = list(owners)
    return bool(known_) and all(owner.active is False for owner in known_)


def worth(paths: Iterable[AccessPath]) -> tuple[AccessPath | None, set[str]]:
    """The surest path to authority or to sensitive data, and the sensitive domains that any leads to."""
    sure = known(paths)
    domains = {domain for path in sure for domain in touched(path)}
    admin = surest(path for path in sure if administers(path.hops[-1]))
    return admin or surest(path for path in sure if touched(path)), domains


def power(path: AccessPath, domains: Iterable[str]) -> str:
    """What a path that is worth something gives, in words: "administers billing-prod", "reaches customer data"."""
    last = path.hops[-1]
    return authority(last) if administers(last) else f"reaches {listed(domains)} data"


def surest(paths: Iterable[AccessPath]) -> AccessPath | None:
    """The path with the best evidence, the shorter of two; None of none."""
    return min(paths, key=lambda path: (_SURENESS.index(path.grade), len(path.hops), path.line), default=None)


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "customer, finance and hr"."""
    *first, last = sorted(set(names))
    return f"{', '.join(first)} and {last}" if first else last


@lru_cache(maxsize=16_384)
def meant(pattern: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the actions a policy's spelling means: * and ?, letter case ignored."""
    spelled = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    return tuple(action for action in actions if spelled.fullmatch(action))


def table(file: str) -> list[dict[str, str]]:
    """The rows of the CSV beside an evaluator's file, under the same name. Lines with # say where it is from."""
    lines = Path(file).with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def granting(path: AccessPath) -> Hop | None:
    """The hop that grants what the path ends at: after it come only members of the set that it names."""
    return next((hop for hop in reversed(path.hops) if hop.relation == "permission"), None)
