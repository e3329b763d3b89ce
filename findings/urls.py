"""Which tenant pages belong to findings, their triage and their reports?"""

from django.urls import path

import accounts.converters  # noqa: F401  (registers <objectid:…>)
from findings.views import comment, finding, posture, queue, reports, rules, ticket, triage

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
    path("findings/<objectid:pk>/comment/", comment.finding_comment, name="finding_comment"),
    path("findings/<objectid:pk>/comment/preview/", comment.comment_preview, name="comment_preview"),
    path("findings/<objectid:pk>/comments/<objectid:comment_pk>/", comment.comment_edit, name="comment_edit"),
    path("findings/mentionable/", comment.mentionable, name="mentionable"),
    path("findings/<objectid:pk>/ticket/", ticket.ticket_create, name="ticket_create"),
    path("findings/<objectid:pk>/ticket/link/", ticket.ticket_link, name="ticket_link"),
    path("tickets/<objectid:pk>/hurry/", ticket.ticket_hurry, name="ticket_hurry"),
    path("tickets/<objectid:pk>/end/", ticket.ticket_end, name="ticket_end"),
    path("findings/<objectid:pk>/report/", reports.finding_report, name="finding_report"),
    path("findings/<objectid:pk>/report.pdf", reports.finding_report_pdf, name="finding_report_pdf"),
    path("posture/", posture.posture, name="posture"),
    path("posture/report/", reports.posture_report, name="posture_report"),
    path("posture/report.pdf", reports.posture_report_pdf, name="posture_report_pdf"),
    path("reports/", reports.reports, name="reports"),
    path("rules/", rules.rules, name="rules"),
    path("rules/sight/", rules.sight, name="sight"),
    path("rules/approved-ai/", rules.approved_ai, name="approved_ai"),
    path("rules/approved-ai/change/", rules.approve_ai, name="approve_ai"),
    path("rules/approved-ai/<objectid:pk>/withdraw/", rules.approval_withdraw, name="approval_withdraw"),
    path("rules/<slug:rule_id>/", rules.rule, name="rule"),
    path("rules/<slug:rule_id>/change/", rules.rule_change, name="rule_change"),
]
