"""How are many accounts read at once, as fast as the scan takes what they yield and no faster?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import botocore.session

from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind, Pull
from connectors.sources.aws import hub
from connectors.sources.aws.account import AccountReading, Reading
from connectors.sources.aws.control_policies import ControlPolicies
from connectors.sources.aws.organization import Organization
from connectors.sources.aws.place import Account, Known, Place, Referenced
from connectors.sources.aws.session import Sessions
from connectors.sources.aws.settings import connection
from connectors.stream import Stream, streamed

ACCOUNTS_AT_ONCE = 8


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    sessions = Sessions(connection(pull.settings))
    role = hub.opened(sessions)
    read = partial(_read, sessions, role, pull.done)
    yield from streamed(read, name="aws-organization", cancelled=pull.cancelled)


def _read(sessions: Sessions, role: botocore.session.Session, done: frozenset[str], stream: Stream) -> None:
    here = sessions.connection.account
    key = f"aws:{here}:referenced"
    outside = Scope(key=key, label="Owners and outside identities", stream=stream, silent=key in done)
    referenced = Referenced(outside, {}, accounts_complete=False)
    reading = Reading(
        sessions=sessions,
        hub=role,
        stream=stream,
        done=done,
        referenced=referenced,
        organization=f"aws:{here}:organization",
    )
    _organization(reading)
    _control_policies(reading)
    _identity_center(reading)
    _unknown_regions(reading)
    label = reading.accounts[here].label
    with opened(outside, kind="referenced", group=here, group_label=label):
        with ThreadPoolExecutor(ACCOUNTS_AT_ONCE, thread_name_prefix="aws-account") as pool:
            for _ in pool.map(lambda account: AccountReading(reading, account).read(), reading.accounts.values()):
                pass
        stream.go_on()
        for incomplete in reading.incomplete:
            outside.note(_uncertain(incomplete))


def _uncertain(incomplete: Scope) -> Trouble:
    """An unread part may name others still: a part passed over on purpose makes this one passed over, not failed."""
    state = ScopeState.SKIPPED if incomplete.state is ScopeState.SKIPPED else ScopeState.FAILED
    sentence = "Who else is named is not certain, because parts of the organization were not read."
    return Trouble(state, sentence, incomplete.kind_of_trouble)


def _organization(reading: Reading) -> None:
    """Finds the accounts; without a list of them, the one that the role is in."""
    here = reading.sessions.connection.account
    own = Account(id=here, name=f"Account {here}")
    organization = Organization()
    scope = reading.scope(reading.organization, "Organization")
    with opened(scope, kind="organization", group=here, group_label=own.name):
        place = _at_hub(reading, scope)
        place.read(organization.read)
        place.close()
    reading.accounts = {here: own, **organization.accounts}
    reading.control = ControlPolicies(organization)
    reading.referenced.accounts = reading.accounts
    reading.referenced.accounts_complete = scope.state is ScopeState.COMPLETE
    if scope.state is not ScopeState.COMPLETE:
        reading.incomplete.append(scope)


def _control_policies(reading: Reading) -> None:
    """Reads what limits every account, in a scope of its own: without it the accounts are known all the same."""
    if reading.control.organization.guarded is False:
        return
    here = reading.sessions.connection.account
    scope = reading.scope(f"aws:{here}:guardrails", "Service control policies")
    label = reading.accounts[here].label
    with opened(scope, kind="guardrails", group=here, group_label=label, within=reading.organization):
        place = _at_hub(reading, scope)
        place.read(reading.control.read)
        place.close()


def _identity_center(reading: Reading) -> None:
    here = reading.sessions.connection.account
    scope = reading.scope(f"aws:{here}:identity-center", "Identity Center")
    label = reading.accounts[here].label
    with opened(scope, kind="identity-center", group=here, group_label=label, within=reading.organization):
        place = _at_hub(reading, scope)
        place.read(reading.center.read)
        place.close()


def _at_hub(reading: Reading, scope: Scope) -> Place:
    here = reading.sessions.connection.account
    return Place(
        account=reading.accounts.get(here) or Account(id=here, name=f"Account {here}"),
        region=reading.sessions.connection.home_region,
        scope=scope,
        sessions=reading.sessions,
        session=reading.hub,
        known=Known(),
        referenced=reading.referenced,
        regional=False,
    )


def _unknown_regions(reading: Reading) -> None:
    """A region that doesn't exist is told once; the others are read."""
    here = reading.sessions.connection.account
    for region in reading.sessions.connection.regions:
        if not reading.sessions.offers("ec2", region):
            scope = reading.scope(f"aws:{here}:region:{region}", f"Region {region}")
            with opened(scope, kind="region", group=here, group_label=reading.accounts[here].label):
                sentence = f"AWS has no region {region}: correct it in the connection's settings."
                scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.CONFIG))
