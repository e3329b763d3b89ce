"""Are the policies that customers deploy the ones the source needs, small enough for IAM and harmless?"""

from __future__ import annotations

import json
import re
from pathlib import Path

from connectors.inventory.records import Access
from connectors.sources import aws
from connectors.sources.aws.catalogue import level
from connectors.sources.aws.pattern import overlaps
from connectors.sources.aws.permissions import CALLS, NEVER, hub_policy, member_policy

MANAGED_POLICY_LIMIT = 6_144  # characters without white space; AWS: IAM quotas
SETUP = (Path(aws.__file__).parent / "SETUP.md").read_text(encoding="utf-8")


def test_the_policies_allow_what_the_source_calls_and_nothing_else():
    member, hub = member_policy()["Statement"], hub_policy(member_role_name="sv0-reader")["Statement"]
    allowed = {*member[0]["Action"], *hub[0]["Action"], hub[1]["Action"]}
    assert allowed == {call.action for call in CALLS}


def test_the_policies_only_describe():
    for action in member_policy()["Statement"][0]["Action"]:
        assert level(action.lower()) is Access.READ
        assert not any(overlaps(refused.lower(), action.lower()) for refused in NEVER)


def test_the_member_policy_fits_into_one_managed_policy():
    assert len(json.dumps(member_policy(), separators=(",", ":"))) < MANAGED_POLICY_LIMIT


def test_the_hub_may_become_the_member_role_only():
    assert hub_policy(member_role_name="sv0-reader")["Statement"][1]["Resource"] == "arn:aws:iam::*:role/sv0-reader"


def test_every_call_says_why_in_words():
    assert [call.action for call in CALLS if not call.why or not call.kinds] == []


def test_the_setup_page_prints_the_same_policies():
    printed = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", SETUP, re.DOTALL)]
    assert member_policy() in printed
    assert hub_policy(member_role_name="sv0-reader") in printed
