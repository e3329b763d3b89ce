"""The small estate, running for a module of tests, well-behaved and with an empty log at the start of each."""

from collections.abc import Iterator

import pytest

from tests.emulators.aws import AwsEmulator, small_estate
from tests.emulators.aws.visit import Session, assume, client, reader_of


@pytest.fixture(scope="module")
def running() -> Iterator[AwsEmulator]:
    with AwsEmulator(small_estate.ESTATE, page_cap=3) as aws:
        yield aws


@pytest.fixture
def aws(running: AwsEmulator) -> AwsEmulator:
    running.faults.clear()
    running.log.clear()
    return running


@pytest.fixture
def hub(aws: AwsEmulator) -> Session:
    return assume(client(aws, "sts"), aws.estate.hub_role_arn, aws.estate.external_id)


@pytest.fixture
def reader(aws: AwsEmulator) -> Session:
    return reader_of(aws, small_estate.ORDERS)
