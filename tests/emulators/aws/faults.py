"""How may AWS misbehave, towards which calls, and how often?"""

import dataclasses
import itertools
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from tests.emulators.aws.call import Call
from tests.emulators.aws.wire import Reply, refuse

Misbehaviour = Literal["deny", "throttle", "expire", "break", "unavailable", "slow", "cut"]

# What a refusal says, by misbehaviour: the reason in wire.SPELLINGS, and AWS's words.
REFUSALS = {
    "deny": ("denied", "User: {caller} is not authorized to perform: {action} on resource: *"),
    "throttle": ("throttled", "Rate exceeded"),
    "expire": ("expired", "The security token included in the request is expired"),
    "break": ("broken", "The request processing has failed because of an unknown error, exception or failure."),
    "unavailable": ("unavailable", "The request has failed due to a temporary failure of the server."),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One misbehaviour.

    `do` is "deny", "throttle", "expire" (the session), "break" (500), "unavailable" (503), "slow" (by `seconds`) or
    "cut" (the connection ends in the middle of the body; botocore doesn't compare lengths, and reads half a JSON
    document as an answer without its list).
    `action`, `account` and `region` say towards whom: shell patterns of the IAM action ("lambda:List*"), of the account
    and of the region. AssumeRole counts as a call in the account of the role. Of the calls that match, it strikes each
    `every`-th, `times` times in all (None: for ever).
    """

    do: Misbehaviour
    action: str = "*"
    account: str = "*"
    region: str = "*"
    every: int = 1
    times: int | None = None
    seconds: float = 0.0

    def concerns(self, call: Call) -> bool:
        return (
            fnmatchcase(call.iam_action, self.action)
            and fnmatchcase(call.account, self.account)
            and fnmatchcase(call.region, self.region)
        )


class Faults:
    """The misbehaviours in force. Safe to steer while calls are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: list[itertools.count[int]] = []

    def add(self, **fault: Any) -> None:
        """Misbehave from now on as `Fault(**fault)` says."""
        with self._lock:
            self._faults.append(Fault(**fault))
            self._seen.append(itertools.count(1))

    def replace(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Misbehave only as these say, each counted afresh; none of them: behave."""
        new = [Fault(**fault) for fault in faults]
        with self._lock:
            self._faults = new
            self._seen = [itertools.count(1) for _ in new]

    def clear(self) -> None:
        """Behave."""
        self.replace(())

    def described(self) -> list[dict[str, Any]]:
        return [dataclasses.asdict(fault) for fault in self._faults]

    def striking(self, call: Call) -> list[Fault]:
        """Return what strikes this call, having counted it."""
        with self._lock:
            concerned = [(f, next(seen)) for f, seen in zip(self._faults, self._seen, strict=True) if f.concerns(call)]
        return [fault for fault, nth in concerned if strikes(fault, nth)]


def strikes(fault: Fault, nth: int) -> bool:
    within = fault.times is None or nth <= fault.every * fault.times
    return nth % fault.every == 0 and within


def refusal(call: Call, striking: Iterable[Fault], caller: str) -> Reply | None:
    """Return the first refusal among the faults that strike a call, None when none of them refuses."""
    for fault in striking:
        if fault.do in REFUSALS:
            reason, words = REFUSALS[fault.do]
            return refuse(call, reason, words.format(caller=caller, action=call.iam_action))
    return None


def damaged(reply: Reply, striking: Iterable[Fault]) -> Reply:
    """Return the answer as the faults leave it: late, cut in the middle."""
    for fault in striking:
        if fault.do == "slow":
            time.sleep(fault.seconds)
        elif fault.do == "cut":
            whole = len(reply.body)
            reply = Reply(reply.status, reply.headers, reply.body[: whole // 2], declared=whole)
    return reply
