"""The tests' and the demo's Jira Cloud: a site with its gateway, automation and organization, able to misbehave."""

from tests.emulators.jira.estate import Estate
from tests.emulators.jira.faults import Fault
from tests.emulators.jira.server import JiraEmulator

__all__ = ["Estate", "Fault", "JiraEmulator"]
