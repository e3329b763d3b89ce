"""Does the connection work, and which permission is missing where? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from connectors.http import HttpError, SignInFailed, endpoint
from connectors.http.microsoft import Microsoft
from connectors.scope import Meter
from connectors.source import Check, SourceError
from connectors.sources.foundry.accounts import API, FOUNDRY
from connectors.sources.foundry.asking import ERRORS, MANAGER, PROJECT, Asking, Row, trouble
from connectors.sources.foundry.permissions import (
    LIST_ACCOUNTS,
    LIST_AGENTS,
    LIST_ASSISTANTS,
    LIST_CONNECTIONS,
    LIST_DEPLOYMENTS,
    LIST_PROJECTS,
    LIST_SHARED,
    LIST_STORES,
    LIST_SUBSCRIPTIONS,
    Call,
)
from connectors.sources.foundry.reading import DEAD

SAMPLE = 5  # subscriptions, and projects, that are tried
Ask = Callable[[Call, str], Iterable[Row]]


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the sign-in to the single permissions. Behind a row that failed, those that need it are untried."""
    try:
        microsoft = Microsoft(settings)
        for audience in (MANAGER, PROJECT):
            microsoft.authorize(audience)(fresh=True)
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    except SignInFailed as error:
        return [
            Check("Sign-in", False, error.sentence),
            Check("Subscriptions", None, "Not tried: the sign-in comes first."),
        ]
    except HttpError:
        return [Check("Sign-in", False, f"{endpoint('login')} couldn't be reached.")]
    return [Check("Sign-in", True, "Entra signs sv0 in."), *Trial(Asking(microsoft)).rows()]


class Trial:
    """Tries each listing on the first few things that there are."""

    def __init__(self, asking: Asking) -> None:
        self.asking, self.meter = asking, Meter()

    def rows(self) -> Iterator[Check]:
        found, refusal = self._tried(LIST_SUBSCRIPTIONS, "", "Subscriptions")
        live = [row for row in found if row["state"] != DEAD]
        if refusal or not live:
            words = (
                "Azure shows no subscription: assign the role to sv0's application, on a management group above all."
            )
            yield refusal or Check("Subscriptions", False, words, (LIST_SUBSCRIPTIONS.needs,))
            return
        yield Check("Subscriptions", True, f"{len(live)} can be seen.")
        projects: list[Row] = []
        for row in live[:SAMPLE]:
            yield from self._accounts(row, projects)
        if len(live) > SAMPLE:
            words = f"Tried: {SAMPLE} of {len(live)}. A scan tells of each subscription by itself."
            yield Check("The other subscriptions", None, words)
        yield from self._agents(projects)

    def _accounts(self, subscription: Row, projects: list[Row]) -> Iterator[Check]:
        """One row for the subscription, one for each of the first accounts that may have projects."""
        label = f"AI accounts in {subscription['displayName']}"
        found, refusal = self._tried(LIST_ACCOUNTS, f"/subscriptions/{subscription['subscriptionId'].lower()}", label)
        if refusal:
            yield refusal
            return
        yield Check(label, True, f"{len(found)} can be seen.")
        for account in islice((row for row in found if row.get("kind") == FOUNDRY), SAMPLE):
            yield self._account(account, projects)

    def _account(self, account: Row, projects: list[Row]) -> Check:
        """Its parts, each listed; of its projects the first goes on to be tried."""
        label = f"Projects, models and connections of {account['name']}"
        held, refusal = self._tried(LIST_PROJECTS, account["id"], label)
        projects += held[:1]
        parts = [(LIST_DEPLOYMENTS, account["id"]), (LIST_SHARED, account["id"])]
        parts += [(call, row["id"]) for row in held[:1] for call in (LIST_CONNECTIONS, LIST_STORES)]
        refusals = [refusal, *(self._tried(call, at, label)[1] for call, at in parts)]
        wrong = [each for each in refusals if each is not None]
        missing = tuple(sorted({name for each in wrong for name in each.missing}))
        if wrong:
            return Check(label, False, f"Missing: {', '.join(missing)}." if missing else wrong[0].detail, missing)
        return Check(label, True, "Every call that was tried is permitted.")

    def _agents(self, projects: list[Row]) -> Iterator[Check]:
        if not projects:
            yield Check("Agents", None, "Not tried: no project was found.")
        for row in projects[:SAMPLE]:
            label = f"Agents of {row['name']}"
            address = (row["properties"].get("endpoints") or {}).get(API)
            if address is None:
                yield Check(label, False, "Azure tells no address of the project.")
                continue
            try:
                for call in (LIST_AGENTS, LIST_ASSISTANTS):
                    next(iter(self.asking.of_project(call, self.meter, address=address)), None)
            except ERRORS as error:
                yield _refused(error, label, LIST_AGENTS)
            else:
                yield Check(label, True, "They can be read.")
        if len(projects) > SAMPLE:
            yield Check("The other projects", None, f"Tried: {SAMPLE}. A scan tells of each project by itself.")

    def _tried(self, call: Call, at: str, label: str) -> tuple[list[Row], Check | None]:
        """What is listed, or what is wrong."""
        try:
            return list(self.asking.listed(call, self.meter, id=at)), None
        except ERRORS as error:
            return [], _refused(error, label, call)


def _refused(error: Exception, label: str, call: Call) -> Check:
    told = trouble(error, where=label, needs=call.needs)
    return Check(label, False, told.sentence, told.missing)
