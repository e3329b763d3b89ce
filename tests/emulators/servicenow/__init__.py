"""The tests' and the demo's ServiceNow: the Table API as strict as the real one, and able to misbehave."""

from tests.emulators.servicenow.faults import Fault
from tests.emulators.servicenow.server import ServiceNowEmulator
from tests.emulators.servicenow.world import World

__all__ = ["Fault", "ServiceNowEmulator", "World"]
