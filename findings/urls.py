"""Which tenant pages belong to findings, their triage and their reports?"""

from django.urls import path

import accounts.converters  # noqa: F401  (registers <objectid:…>)
from findings.views import finding, queue, triage

urlpatterns = [
    path("findings/", queue.queue, name="queue"),
    path("findings/<objectid:pk>/", finding.finding, name="finding"),
    path("findings/<objectid:pk>/evidence.json", finding.finding_evidence, name="finding_evidence"),
    path("findings/<objectid:pk>/acknowledge/", triage.finding_acknowledge, name="finding_acknowledge"),
    path("findings/<objectid:pk>/false-positive/", triage.finding_false_positive, name="finding_false_positive"),
    path("findings/<objectid:pk>/accept/", triage.finding_accept, name="finding_accept"),
    path("findings/<objectid:pk>/close/", triage.finding_close, name="finding_close"),
    path("findings/<objectid:pk>/reopen/", triage.finding_reopen, name="finding_reopen"),
    path("findings/<objectid:pk>/assign/", triage.finding_assign, name="finding_assign"),
    path("findings/<objectid:pk>/comment/", triage.finding_comment, name="finding_comment"),
]
