"""Does the emulated AWS misbehave as it is told, towards whom it is told, and as often?"""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.emulators.aws import small_estate
from tests.emulators.aws.visit import assume, client

ESTATE = small_estate.ESTATE
READER = f"arn:aws:iam::{small_estate.ORDERS}:role/sv0-reader"


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_assuming_is_denied_in_one_account_only(aws, hub):
    aws.faults.add(do="deny", action="sts:AssumeRole", account=small_estate.ORDERS)
    sts = client(aws, "sts", hub)
    with pytest.raises(ClientError) as refused:
        assume(sts, READER, ESTATE.external_id)
    assert code_of(refused) == "AccessDenied"
    assert assume(sts, f"arn:aws:iam::{small_estate.ANALYTICS}:role/sv0-reader", ESTATE.external_id)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("iam", "list_roles", "AccessDenied"),
        ("lambda", "list_functions", "AccessDeniedException"),
        ("ecs", "list_clusters", "AccessDeniedException"),
        ("ec2", "describe_instances", "UnauthorizedOperation"),
        ("s3", "list_buckets", "AccessDenied"),
    ],
)
def test_denials_are_spelled_as_each_service_spells_them(aws, reader, service, operation, code):
    aws.faults.add(do="deny", action=f"{service}:*")
    with pytest.raises(ClientError) as refused:
        getattr(client(aws, service, reader), operation)()
    assert code_of(refused) == code


def test_every_second_call_is_throttled_and_botocore_retries_it(aws, reader):
    aws.faults.add(do="throttle", action="iam:ListRoles", every=2)
    patient = client(aws, "iam", reader)
    patient.list_roles()
    with pytest.raises(ClientError) as refused:
        patient.list_roles()
    assert code_of(refused) == "Throttling"
    assert patient.list_roles()["Roles"]


@pytest.mark.parametrize(("do", "status"), [("break", 500), ("unavailable", 503)])
def test_failures_end_after_their_times(aws, reader, do, status):
    aws.faults.add(do=do, action="lambda:ListFunctions", times=2)
    functions = client(aws, "lambda", reader)
    for _ in range(2):
        with pytest.raises(ClientError) as failed:
            functions.list_functions()
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert functions.list_functions()["Functions"]


def test_sessions_expire_on_command(aws, reader):
    aws.faults.add(do="expire", account=small_estate.ORDERS)
    with pytest.raises(ClientError) as refused:
        client(aws, "iam", reader).list_roles()
    assert code_of(refused) == "ExpiredToken"
    with pytest.raises(ClientError) as refused:
        client(aws, "stepfunctions", reader).list_state_machines()
    assert code_of(refused) == "ExpiredTokenException"


def test_an_answer_is_cut_once(aws, reader):
    aws.faults.add(do="cut", action="lambda:ListFunctions", times=1)
    functions = client(aws, "lambda", reader)
    assert "Functions" not in functions.list_functions(), "botocore takes half a JSON document for an empty answer"
    assert functions.list_functions()["Functions"]


def test_half_an_xml_answer_is_no_answer(aws, reader):
    aws.faults.add(do="cut", action="iam:GetAccountAuthorizationDetails")
    with pytest.raises(ResponseParserError):
        client(aws, "iam", reader).get_account_authorization_details()


def test_an_answer_comes_too_late(aws, reader):
    aws.faults.add(do="slow", action="iam:ListRoles", seconds=1.0)
    hasty = client(aws, "iam", reader, read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        hasty.list_roles()


def test_another_process_can_steer_and_read(aws, reader):
    def ask(method: str, what: str, body: object = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{aws.url}/_emulator/{what}", data=sent, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    ask("POST", "faults", [{"do": "deny", "action": "iam:ListRoles", "times": 1}])
    with pytest.raises(ClientError):
        client(aws, "iam", reader).list_roles()
    assert ask("GET", "faults")[0]["do"] == "deny"
    last = ask("GET", "log")[-1]
    assert (last["iam_action"], last["account"], last["status"]) == ("iam:ListRoles", small_estate.ORDERS, 403)
    with pytest.raises(urllib.error.HTTPError) as mistaken:
        ask("POST", "faults", [{"do": "deny", "whom": "everybody"}])
    assert mistaken.value.code == 400
    ask("POST", "faults", [])
    assert client(aws, "iam", reader).list_roles()["Roles"]
