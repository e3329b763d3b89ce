"""Is what makes reading impossible told to the customer in a sentence that says whose turn it is?"""

from __future__ import annotations

import pytest

from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.aws import source
from tests.connectors.sources.aws.conftest import NOW
from tests.connectors.sources.aws.odd_estate import ESTATE, MANAGEMENT

__all__ = ["ESTATE"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"external_id": "not-the-one-they-set"}, "the ExternalId doesn't match"),
        ({"role_arn": f"arn:aws:iam::{MANAGEMENT}:role/typo"}, "it is missing"),
        ({"role_arn": "sv0-hub"}, "isn't the ARN of a role"),
        ({"external_id": "short"}, "shorter than 8"),
        ({"secret_access_key": ""}, "both its id and its secret"),
        ({"secret_access_key": "x" * 40}, "doesn't belong to the access key id"),
        ({"access_key_id": "AKIANOBODYSKEY000000"}, "AWS doesn't know the access key"),
    ],
)
def test_a_customer_s_mistake_is_a_sentence(pull, changed, words):
    with pytest.raises(SourceError) as raised:
        pull(**changed)
    assert words in raised.value.message
    assert raised.value.kind is ErrorKind.CONFIG
    assert "x" * 40 not in raised.value.message


def test_an_expired_key_says_so(aws, pull):
    aws.faults.add(do="expire", action="sts:AssumeRole")
    with pytest.raises(SourceError, match="have expired"):
        pull()


def test_half_an_answer_to_the_first_call_is_worth_another_try(aws, pull):
    aws.faults.add(do="cut", action="sts:AssumeRole", account=MANAGEMENT)
    with pytest.raises(SourceError) as raised:
        pull()
    assert raised.value.kind is ErrorKind.TRANSIENT


def test_no_credentials_at_all_say_so(settings, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(SourceError, match="no AWS identity of its own"):
        next(source.pull(Pull(settings={**settings, "access_key_id": None, "secret_access_key": None}, now=NOW)))


def test_an_unreachable_aws_is_worth_another_try(settings, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SourceError) as raised:
        next(source.pull(Pull(settings=settings, now=NOW)))
    assert raised.value.kind is ErrorKind.TRANSIENT
