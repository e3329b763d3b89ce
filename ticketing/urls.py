"""Which tenant pages belong to ticket systems?"""

from django.urls import path

import accounts.converters  # noqa: F401  (registers <objectid:…>)
from ticketing import views

urlpatterns = [
    path("ticket-systems/", views.ticket_systems, name="ticket_systems"),
    path("ticket-systems/new/", views.ticket_system_new, name="ticket_system_new"),
    path("ticket-systems/<objectid:pk>/", views.ticket_system, name="ticket_system"),
    path("ticket-systems/<objectid:pk>/check/", views.ticket_system_check, name="ticket_system_check"),
    path("ticket-systems/<objectid:pk>/delete/", views.ticket_system_delete, name="ticket_system_delete"),
]
