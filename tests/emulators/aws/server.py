"""An AWS organization over HTTP: moto's server, strict about trust and pages, misbehaving on command.

    with AwsEmulator(small_estate.ESTATE, page_cap=10) as aws:
        boto3.client("sts", endpoint_url=aws.url, **aws.credentials)
        aws.faults.add(do="throttle", action="iam:*", every=3)
        aws.log.counts()

What it adds to moto is in trust, paging, supplement and faults. Moto keeps its state in the process, so there is one
emulator in a process at a time. A request with the header x-moto-account-id is the estate's builder acting in that
account: neither checked nor logged.
"""

import io
import json
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch
from wsgiref.types import StartResponse, WSGIEnvironment

import moto.core.errors
import moto.iam.models
from moto.ec2.models import ec2_backends
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.organizations.models import organizations_backends
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from tests.emulators.aws import faults, trust
from tests.emulators.aws.call import Call, read
from tests.emulators.aws.clock import Clock
from tests.emulators.aws.console import Console
from tests.emulators.aws.estate import Estate
from tests.emulators.aws.faults import Faults
from tests.emulators.aws.log import Log
from tests.emulators.aws.paging import moto_pages_of, paged
from tests.emulators.aws.supplement import Supplement, with_agents
from tests.emulators.aws.wire import SPELLINGS, Reply, refuse

SEED = 2027
# AWS's own policies that estates attach; loading all of AWS's in every account would take seconds.
MANAGED_POLICIES = (
    "AdministratorAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AWSGlueServiceRole",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSSupportAccess",
    "Billing",
    "CloudWatchAgentServerPolicy",
    "CloudWatchReadOnlyAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "ViewOnlyAccess",
)
# Moto warns of error codes that a service's model doesn't list; AWS's common errors are in no model.
EVERY_CODE = [code for spellings in SPELLINGS.values() for _, code in spellings.values()]


class QuietHandler(MotoRequestHandler):
    """Moto's request handler, silent about every request it gets."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the emulator keeps its own log."""


class AwsEmulator:
    """An estate served at `url` from entering the context until leaving it. The port opens once the estate is whole.

    `now` is the day that "three days ago" counts from (default: today, UTC). `page_cap` makes every page at most so
    many items long, whatever the caller asks for.
    """

    running = False

    def __init__(
        self, estate: Estate, *, port: int = 0, now: datetime | None = None, page_cap: int | None = None
    ) -> None:
        self.estate = estate
        self.page_cap = page_cap
        self.faults = Faults()
        self.log = Log()
        self.supplement = Supplement(regions=estate.regions)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._port = port
        self._today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
        self._leave = ExitStack()
        self.console: Console
        self.url: str
        self.credentials = {
            "aws_access_key_id": estate.access_key_id,
            "aws_secret_access_key": estate.secret_access_key,
            "region_name": estate.regions[0],
        }

    def __enter__(self) -> Self:
        if AwsEmulator.running:
            raise RuntimeError("Another AwsEmulator is running in this process, and moto has room for one.")
        with ExitStack() as stack:
            AwsEmulator.running = True
            stack.callback(setattr, AwsEmulator, "running", False)
            clock = Clock()
            stack.enter_context(moto_made_ready(clock, self.page_cap))
            backstage = stack.enter_context(served(self, 0))
            self.console = Console(backstage, clock=clock, supplement=self.supplement, today=self._today)
            self.console.admit_platform(self.estate)
            self.estate.build(self.console)
            clock.at = None
            self.url = stack.enter_context(served(self, self._port))
            self._leave = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        reply = self._reply_to(environ)
        told = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
        size = len(reply.body) if reply.declared is None else reply.declared
        start_response(reply.status_line, [*told, ("Content-Length", str(size))])
        return [reply.body]

    def _reply_to(self, environ: WSGIEnvironment) -> Reply:
        if environ["PATH_INFO"].startswith("/_emulator/"):
            return self._steered(environ)
        if "HTTP_X_MOTO_ACCOUNT_ID" in environ or environ["PATH_INFO"].startswith("/moto-api"):
            return self._from_moto(environ)
        call = read(environ)
        striking = self.faults.striking(call)
        caller = trust.caller_of(call.access_key)
        reply = (
            trust.refusal(call, self.console.organizations)
            or faults.refusal(call, striking, caller.arn if caller else "unknown")
            or self._answer(call)
        )
        reply = faults.damaged(reply, striking)
        self.log.add(call, status=reply.status)
        return reply

    def _answer(self, call: Call) -> Reply:
        if call.model is None:
            return refuse(call, "broken", f"No operation of {call.service} has this path.")
        ours = self.supplement.answer(call, self.page_cap)
        return ours or with_agents(call, paged(call, self._from_moto(call.environ), self.page_cap))

    def _from_moto(self, environ: WSGIEnvironment) -> Reply:
        environ["wsgi.input"].seek(0)
        chunks, status, headers = run_wsgi_app(self._moto.get_application(environ), environ, buffered=True)
        return Reply(int(status.split()[0]), list(headers), b"".join(chunks))

    def _steered(self, environ: WSGIEnvironment) -> Reply:
        """Answer /_emulator/faults (GET; POST a list of faults to replace them) and /_emulator/log (GET; DELETE)."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/_emulator/"):
            case "POST", "faults":
                try:
                    self.faults.replace(json.loads(environ["wsgi.input"].getvalue()))
                except (TypeError, ValueError) as mistake:
                    return as_json(400, {"error": str(mistake)})
                return as_json(200, self.faults.described())
            case "GET", "faults":
                return as_json(200, self.faults.described())
            case "DELETE", "log":
                self.log.clear()
                return as_json(200, [])
            case "GET", "log":
                return as_json(200, self.log.described())
        return as_json(404, {"error": "There are /_emulator/faults and /_emulator/log."})


@contextmanager
def served(app: AwsEmulator, port: int) -> Iterator[str]:
    """Serve on a port of this machine (0: a free one) and give its URL."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="aws-emulator").start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def as_json(status: int, content: Any) -> Reply:
    return Reply(status, [("Content-Type", "application/json")], json.dumps(content).encode())


@contextmanager
def moto_made_ready(clock: Clock, page_cap: int | None) -> Iterator[None]:
    """Empty and seed moto, and have it keep an estate as it was built, whoever reads it afterwards.

    Moto stamps a role as used whenever its session makes a call. AWS's last-used dates lag by hours and the estate
    sets them, so that one scan doesn't change what the next one sees.
    """
    catalogue = json.loads(aws_managed_policies_data)
    ours = json.dumps({name: catalogue[name] for name in MANAGED_POLICIES})
    with (
        patch.object(moto.iam.models, "aws_managed_policies_data", ours),
        patch.object(moto.iam.models, "load_iam_aws_managed_policies", lambda: True),
        patch.object(moto.iam.models, "mark_account_as_visited", lambda **_: None),
        patch.object(moto.core.errors, "COMMON_ERROR_CODES", EVERY_CODE),
        patch.dict(os.environ),
        moto_pages_of(page_cap),
        clock.installed(),
    ):
        os.environ.pop("MOTO_ACCOUNT_ID", None)
        empty_moto()
        mock_random.seed(SEED)
        yield
        empty_moto()


def empty_moto() -> None:
    ec2_backends.clear()  # resetting them would furnish every region of every account with a network once more
    moto_api_backend.reset()
    organizations_backends.master_accounts.clear()
