"""Reading sensitive data and sending outside is a finding; either alone, or a doubtful step, is none."""

from __future__ import annotations

from connectors.inventory.records import Grade
from findings.evaluator import Severity
from findings.evaluators.automation_with_egress import automation_with_egress
from tests.findings.estate import Estate, function, hop, host, may, resource, role, sends, severity
from tests.findings.test_subjects import connected

EXPORT, EXPORTER, DATA, OUT = function(), role("Exporter"), resource(), host()
READS = (hop("runs_as", EXPORT, EXPORTER), may(EXPORTER, DATA, "s3:GetObject", target_domains=("customer", "logs")))
INTERNET = host("internet")


def test_it_is_told_in_one_path_with_the_evidence_of_each_hop():
    estate = Estate(EXPORT, EXPORTER, DATA).path(*READS).path(sends(EXPORT, OUT))
    hit = automation_with_egress(EXPORT, estate)
    assert hit is not None
    assert hit.because == (
        "Lambda function billing-export can reach customer data in customer-data as Exporter and send to "
        "collect.example.net."
    )
    assert [each.relation for each in hit.path] == ["runs_as", "permission", "egress"]
    assert hit.facts["How it is known, collect.example.net"] == "It sends to collect.example.net."
    assert severity(automation_with_egress, EXPORT, estate) is Severity.HIGH


def test_an_open_network_weighs_less_than_a_named_host():
    estate = Estate(EXPORT).path(*READS).path(sends(EXPORT, INTERNET))
    assert severity(automation_with_egress, EXPORT, estate) is Severity.MEDIUM
    named = estate.path(sends(EXPORT, OUT))
    assert severity(automation_with_egress, EXPORT, named) is Severity.HIGH


def test_near_misses():
    assert automation_with_egress(EXPORT, Estate().path(*READS)) is None
    assert automation_with_egress(EXPORT, Estate().path(sends(EXPORT, OUT))) is None
    harmless = may(EXPORTER, DATA, target_domains=("logs",))
    assert automation_with_egress(EXPORT, Estate().path(READS[0], harmless).path(sends(EXPORT, OUT))) is None
    unsure = sends(EXPORT, OUT, grade=Grade.UNKNOWN)
    assert automation_with_egress(EXPORT, Estate().path(*READS).path(unsure)) is None
    stopped = function(enabled=False)
    assert automation_with_egress(stopped, Estate().path(*READS).path(sends(stopped, OUT))) is None


def test_the_tenants_own_systems_are_not_outside():
    estate = Estate().path(*READS).path(sends(EXPORT, OUT))
    estate.ours = [connected(hosts=("collect.example.net",))]
    assert automation_with_egress(EXPORT, estate) is None


def test_what_answers_at_its_address_does_the_reading():
    rule = function("Export tickets", type="Jira automation rule", system="jira")
    address = host("x.lambda-url.eu-west-1.on.aws")
    calls = hop("calls", address, EXPORT)
    way = (sends(rule, address), calls, *READS)
    hit = automation_with_egress(rule, Estate(rule, EXPORT).link(calls).by_calls(*way))
    assert hit is not None
    assert hit.path == way
    assert hit.because.endswith("as Exporter and send to x.lambda-url.eu-west-1.on.aws.")
    assert automation_with_egress(rule, Estate(rule).by_calls(*way[:1])) is None
