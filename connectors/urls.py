"""Which tenant pages belong to connections, scans and the inventory?"""

from django.urls import path

import accounts.converters  # noqa: F401  (registers <objectid:…>)
from connectors.views import connections, consent, coverage, domains, history, inventory, matches, owners, paths, scans

urlpatterns = [
    path("connections/", connections.connections, name="connections"),
    path("connections/new/", connections.connection_new, name="connection_new"),
    path("connections/<objectid:pk>/", connections.connection, name="connection"),
    path("connections/<objectid:pk>/edit/", connections.connection_edit, name="connection_edit"),
    path("connections/<objectid:pk>/test/", connections.connection_test, name="connection_test"),
    path("connections/<objectid:pk>/scan/", connections.connection_scan, name="connection_scan"),
    path("connections/<objectid:pk>/pause/", connections.connection_pause, name="connection_pause"),
    path("connections/<objectid:pk>/resume/", connections.connection_resume, name="connection_resume"),
    path("connections/<objectid:pk>/consent/", consent.consent, name="consent"),
    path("connections/consented/", consent.consented, name="consented"),
    path("connections/<objectid:pk>/delete/", connections.connection_delete, name="connection_delete"),
    path("scans/<objectid:pk>/", scans.scan, name="scan"),
    path("scans/<objectid:pk>/progress/", scans.scan_progress, name="scan_progress"),
    path("scans/<objectid:pk>/cancel/", scans.scan_cancel, name="scan_cancel"),
    path("coverage/", coverage.coverage, name="coverage"),
    path("changes/", history.changes, name="changes"),
    path("domains/", domains.domains, name="domains"),
    path("domains/decide/", domains.domain_decide, name="domain_decide"),
    path("domains/<objectid:pk>/withdraw/", domains.domain_withdraw, name="domain_withdraw"),
    path("matches/", matches.matches, name="matches"),
    path("matches/<objectid:pk>/decide/", matches.match_decide, name="match_decide"),
    path("paths/", paths.paths, name="paths"),
    path("inventory/", inventory.inventory, name="inventory"),
    path("inventory/<objectid:pk>/", inventory.inventory_object, name="inventory_object"),
    path("inventory/<objectid:pk>/history/", history.object_history, name="object_history"),
    path("inventory/<objectid:pk>/domains/", domains.object_domain_decide, name="object_domain_decide"),
    path("inventory/<objectid:pk>/attest/", owners.attest, name="attest"),
    path("inventory/<objectid:pk>/attest/withdraw/", owners.attest_withdraw, name="attest_withdraw"),
    path("owners/", owners.owners, name="owners"),
]
