"""Who asks AWS for what: one request, read as service, operation, account, region and parameters."""

import io
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import MethodNotAllowed, NotFound

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

# botocore's names for a service, where they differ from the name that signs its requests.
BOTOCORE_NAMES = {
    "bedrock": ("bedrock-agent", "bedrock"),
    "bedrock-agentcore": ("bedrock-agentcore-control",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "sso": ("sso-admin",),
    "elasticloadbalancing": ("elbv2",),
}
# IAM's names for an action, where they differ from "signing name:operation".
# Source: the Service Authorization Reference, pages "Amazon S3" and "Resource Group Tagging".
IAM_ACTIONS = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "tagging:GetResources": "tag:GetResources",
}


@dataclass(frozen=True)
class Call:
    """One request to AWS.

    `service` is the name that signs it ("iam", "states"), `operation` the API's own name ("ListRoles"; "?" when no
    service model knows the path), `account` the account it acts in: for AssumeRole the account of the role asked for.
    """

    environ: WSGIEnvironment
    service: str
    operation: str
    account: str
    region: str
    access_key: str
    model: OperationModel | None
    uri_params: dict[str, Any]

    @property
    def protocol(self) -> str:
        """The wire protocol of the request, and so of the answer: query, ec2, json, rest-json or rest-xml."""
        assert self.model is not None
        return determine_request_protocol(self.model.service_model, self.environ.get("CONTENT_TYPE"))

    @property
    def iam_action(self) -> str:
        """The action a policy must allow for this request, as IAM spells it."""
        name = f"{self.service}:{self.operation}"
        return IAM_ACTIONS.get(name, name)

    @cached_property
    def params(self) -> dict[str, Any]:
        """The request's parameters under the API's own names."""
        assert self.model is not None
        request = request_of(self.environ)
        parser = PROTOCOL_PARSERS[self.protocol](self.model, map_type=dict)
        parsed = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": self.uri_params,
            }
        )
        return dict(parsed)


def request_of(environ: WSGIEnvironment) -> Request:
    """Return the request behind a WSGI environment, leaving its body readable for the next reader."""
    body: io.BytesIO = environ["wsgi.input"]
    body.seek(0)
    request = Request({**environ, "wsgi.input": io.BytesIO(body.getvalue())})
    request.get_data()
    return request


def read(environ: WSGIEnvironment) -> Call:
    """Return the Call in a request whose body is buffered. Unsigned requests read as service "?"."""
    signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, region, service = signed.group("key", "region", "service") if signed else ("", "us-east-1", "?")
    model, uri_params = operation_of(environ, service)
    return Call(
        environ=environ,
        service=service,
        operation=model.name if model else "?",
        account=account_of(environ, key),
        region=region,
        access_key=key,
        model=model,
        uri_params=uri_params,
    )


def operation_of(environ: WSGIEnvironment, service: str) -> tuple[OperationModel | None, dict[str, Any]]:
    """Return the operation a request names and the parameters in its path; (None, {}) when no model knows it."""
    request = request_of(environ)
    named = request.form.get("Action") or environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    for name in BOTOCORE_NAMES.get(service, (service,)):
        try:
            if named:
                return get_service_model(name).operation_model(named), {}
            return get_service_router(name).match(request)
        except (NotFound, MethodNotAllowed, NotImplementedError, OperationNotFoundError, UnknownServiceError):
            continue
    return None, {}


def account_of(environ: WSGIEnvironment, key: str) -> str:
    """Return the account a request acts in; AssumeRole acts in the account of the role it asks for."""
    form = parse_qs(environ["wsgi.input"].getvalue().decode("latin-1"))
    if form.get("Action") == ["AssumeRole"]:
        role_arn: str = form.get("RoleArn", [""])[0]
        return role_arn.partition("::")[2].partition(":")[0]
    return str(environ.get("HTTP_X_MOTO_ACCOUNT_ID") or get_account_id_from(key))
