"""Which systems does the demo read, where do they answer, and how does sv0 sign in to each?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from demo.estate import ESTATE as AWS
from demo.estate.doors import TICKET_ENRICHER
from demo.estate.names import ACCOUNTS, HOME
from demo.processes import HERE, Stack
from sv0.mongod import free_port
from tests.emulators.aws.addresses import url_host
from tests.emulators.jira.small_estate import ESTATE as JIRA
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.login import CLIENT, SECRET
from tests.emulators.servicenow import small_estate as servicenow

READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection as a manager would fill it in."""

    kind: str
    name: str
    settings: dict[str, Any]
    secrets: dict[str, str]


MICROSOFT = {"tenant": TENANT, "client_id": CLIENT}
CONNECTED = (
    Connected(
        "aws",
        "AWS organization",
        {
            "role_arn": AWS.hub_role_arn,
            "external_id": AWS.external_id,
            "member_role_name": "sv0-reader",
            "regions": list(AWS.regions),
            "access_key_id": AWS.access_key_id,
        },
        {"secret_access_key": AWS.secret_access_key},
    ),
    Connected("entra", "Entra directory", MICROSOFT, {"client_secret": SECRET}),
    Connected("azure", "Azure", MICROSOFT, {"client_secret": SECRET}),
    Connected("foundry", "AI Foundry", MICROSOFT, {"client_secret": SECRET}),
    Connected("copilot_studio", "Copilot Studio", MICROSOFT, {"client_secret": SECRET}),
    Connected(
        "servicenow",
        "ServiceNow",
        {"address": servicenow.ADDRESS, "client_id": servicenow.CLIENT},
        {"client_secret": servicenow.SECRET},
    ),
    Connected(
        "jira",
        "Jira",
        {"address": f"https://{JIRA.host}", "email": JIRA.email},
        {"api_token": JIRA.api_token, "organization_key": JIRA.organization_key},
    ),
)


def stand_ins(stack: Stack, environment: dict[str, str]) -> tuple[dict[str, subprocess.Popen[bytes]], dict[str, str]]:
    """Start them all; the processes by name, and the environment that leads sv0 to them."""
    ports = {name: free_port() for name in ("aws", "servicenow", "jira")}
    more = {
        "aws": ["--estate", "demo"],
        "servicenow": [],
        "jira": ["--sends-to", url_host(ACCOUNTS["billing-prod"], HOME, TICKET_ENRICHER)],
    }
    started = {
        name: stack.start(
            name, [sys.executable, "-m", f"tests.emulators.{name}", "--port", str(port), *more[name]], environment
        )
        for name, port in ports.items()
    }
    started["microsoft"] = stack.start("microsoft", [sys.executable, "-m", "tests.emulators.microsoft"], environment)
    found = {
        "DEMO_PORTS": " ".join(map(str, ports.values())),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['aws']}",
        "SV0_ENDPOINT_SERVICENOW": f"http://127.0.0.1:{ports['servicenow']}",
        "SV0_ENDPOINT_JIRA": f"http://127.0.0.1:{ports['jira']}",
    }
    return started, found | _told(started["microsoft"])


def _told(microsoft: subprocess.Popen[bytes]) -> dict[str, str]:
    """The stand-in for Microsoft speaks TLS: only it knows the certificate to trust, and says so when it is ready."""
    log = HERE / "logs" / "microsoft.log"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and microsoft.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("ready "):
                environment: dict[str, str] = json.loads(line.removeprefix("ready "))["environment"]
                return environment
        time.sleep(0.1)
    raise RuntimeError(f"the stand-in for Microsoft wasn't ready within {READY_SECONDS} s: see {log}")
