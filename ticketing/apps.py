"""Which app is this?"""

from django.apps import AppConfig


class TicketingConfig(AppConfig):
    """Customers' ticket systems, to which sv0 may write."""

    name = "ticketing"
