"""What is wrong at Acme Media Group, what only looks wrong, and what can't be seen?

Written down from the stories in this package. `findings` must be reported and `near_misses` must not; of what is in
neither, nothing is promised. `runs_as` names the workloads of the stories, not the everyday ones, whose role is named
after them.
"""

from demo.estate.names import ACCOUNTS
from demo.estate.odd_names import LONGEST, MORNING_NEWS
from tests.emulators.aws.estate import GroundTruth

RUNS_AS = {
    "billing-prod/function/billing-export": "billing-prod/role/Billing-Admin",
    "billing-prod/state-machine/refund-batch": "billing-prod/role/Billing-Admin",
    "billing-prod/schedule/month-end-close": "billing-prod/role/month-end-timer",
    "billing-prod/function/invoice-renderer": "billing-prod/role/invoice-renderer-lambda",
    "streaming-prod/state-machine/catalogue-rebuild": "streaming-prod/role/catalogue-rebuild-steps",
    "streaming-prod/function/fleet-patcher": "streaming-prod/role/fleet-patcher",
    "streaming-prod/function/feature-flags": "streaming-prod/role/feature-flags-lambda",
    "streaming-prod/agent/viewer-help": "streaming-prod/role/viewer-help",
    "streaming-prod/function/subscriber-lookup": "streaming-prod/role/subscriber-lookup-lambda",
    "data-lake/glue-job/nightly-lake-compaction": "data-lake/role/lake-compaction-etl",
    "data-lake/glue-job/customer-360": "data-lake/role/customer-360-etl",
    "data-lake/function/partner-feed": "data-lake/role/partner-feed-lambda",
    "data-lake/function/gdpr-erasure-2023": "data-lake/role/gdpr-erasure-2023-lambda",
    "ml-studio/instance/research-notebook": "ml-studio/role/ml-research",
    "ml-studio/function/data-science-onboarding": "ml-studio/role/data-science-onboarding",
    "build-tools/build-project/landing-zone": "build-tools/role/terraform-runner",
    "build-tools/build-project/deploy-everything": "build-tools/role/ci-deploy",
    "build-tools/build-project/deploy-notifier": "build-tools/role/ci-deploy-notifier",
    "build-tools/build-project/deploy-sites": "build-tools/role/ci-deploy-sites",
    "build-tools/function/runner-rescue": "build-tools/role/lambda-operations",
    "streaming-dev/ecs-service/previews": "streaming-dev/role/preview-task",
    "rights-management/function/contract-scanner": "rights-management/role/contract-scanner-lambda",
    "rights-management/function/litigation-export": "rights-management/role/litigation-export-lambda",
    "rights-management/agent/contract-reader": "rights-management/role/contract-reader",
    "rights-management/instance/licensing-ftp": "rights-management/role/licensing-ftp-machine",
    f"rights-management/state-machine/{LONGEST}": "rights-management/role/carriage-fees-steps",
    "newsroom-cms/agent/newsroom-assistant": "newsroom-cms/role/newsroom-assistant",
    "newsroom-cms/function/newsroom-publish": "newsroom-cms/role/newsroom-publish-lambda",
    "newsroom-cms/function/newsroom-search": "newsroom-cms/role/headline-tester-lambda",
    "newsroom-cms/function/tip-line-archive": "newsroom-cms/role/tip-line-archive-lambda",
    f"newsroom-cms/state-machine/{MORNING_NEWS}": "newsroom-cms/role/morning-bulletin-steps",
    "hr-core/function/anniversary-mailer": "hr-core/role/anniversary-mailer-lambda",
    "hr-core/ecs-service/hr-portal": "hr-core/role/hr-portal-task",
    "hr-core/ecs-task/payslip-import": "hr-core/role/payslip-import-task",
    "security-audit/function/posture-reader": "security-audit/role/posture-reader",
    "payroll-latam/instance/<b>payroll</b>": "payroll-latam/role/payroll-batch-machine",
}
ADMINISTRATORS = frozenset(
    {
        "billing-prod/role/Billing-Admin",
        "streaming-prod/role/catalogue-rebuild-steps",
        "streaming-prod/role/fleet-patcher",
        "data-lake/role/lake-compaction-etl",
        "ml-studio/role/ml-research",
        "build-tools/role/terraform-runner",
        "build-tools/role/lambda-operations",
        "streaming-dev/role/preview-task",
        "newsroom-cms/role/newsroom-publish-lambda",
        "acme-media-group/user/root-automation",
    }
)
FINDINGS = {
    "administrative_workload": frozenset(
        {
            "billing-prod/function/billing-export",
            "billing-prod/state-machine/refund-batch",
            "streaming-prod/state-machine/catalogue-rebuild",
            "streaming-prod/function/fleet-patcher",
            "data-lake/glue-job/nightly-lake-compaction",
            "ml-studio/instance/research-notebook",
            "build-tools/build-project/landing-zone",
            "build-tools/function/runner-rescue",
            "streaming-dev/ecs-service/previews",
            "newsroom-cms/function/newsroom-publish",
        }
    ),
    "role_assumable_from_outside": frozenset(
        {
            "streaming-prod/role/contractor-encoding",
            "ad-exchange/role/bid-partner-sync",
            "ad-exchange/role/bidder-onboarding",
            "sandbox-innovation/role/hack-day-guests",
        }
    ),
    "privilege_escalation_path": frozenset(
        {
            "build-tools/role/ci-deploy",
            "streaming-prod/role/feature-flags-lambda",
            "newsroom-cms/user/cms-plugin",
            "ml-studio/role/data-science-onboarding",
        }
    ),
    "dormant_identity": frozenset(
        {
            "newsroom-cms/role/wordpress-legacy",
            "log-archive/role/archive-replicator",
            "streaming-dev/role/load-test-2023",
            "rights-management/role/licensing-ftp-machine",
            "data-lake/role/hadoop-edge",
            "ad-exchange/role/flash-creatives",
            "hr-core/role/anniversary-mailer-lambda",
            "data-lake/role/gdpr-erasure-2023-lambda",
            "rights-management/role/litigation-export-lambda",
            "newsroom-cms/role/tip-line-archive-lambda",
            "ad-exchange/user/creative-agency",
            "data-lake/user/consultant-2023",
            "build-tools/user/jenkins-legacy",
            "streaming-dev/user/load-test",
            "sandbox-innovation/user/hackathon-2024",
            "sandbox-innovation/user/intern-2025",
        }
    ),
    "long_lived_access_key": frozenset(
        {
            "acme-media-group/user/root-automation",
            "streaming-prod/user/encoder-station",
            "billing-prod/user/card-network",
            "ad-exchange/user/trader-api",
            "ad-exchange/user/creative-agency",
            "newsroom-cms/user/bob.leaving",
            "data-lake/user/consultant-2023",
            "rights-management/user/territory-import",
            "hr-core/user/badge-printer",
            "payroll-latam/user/svc-payroll-ftp",
            "build-tools/user/jenkins-legacy",
            "streaming-dev/user/load-test",
            "ml-studio/user/notebook-export",
            "sandbox-innovation/user/hackathon-2024",
            "sandbox-innovation/user/intern-2025",
        }
    ),
    "unused_sensitive_access": frozenset(
        {
            "hr-core/function/anniversary-mailer",
            "data-lake/function/gdpr-erasure-2023",
            "rights-management/function/litigation-export",
            "newsroom-cms/function/tip-line-archive",
        }
    ),
}
NEAR_MISSES = {
    # Within bounds; only reads.
    "administrative_workload": frozenset(
        {"rights-management/function/contract-scanner", "security-audit/function/posture-reader"}
    ),
    # ExternalId; the organization only; one branch of one repository.
    "role_assumable_from_outside": frozenset(
        {
            "security-audit/role/siem-forwarder",
            "billing-prod/role/card-network-settlement",
            "data-lake/role/lake-reader",
            "build-tools/role/github-docs",
            "acme-media-group/role/sv0-hub",
            "streaming-prod/role/sv0-reader",
        }
    ),
    # May pass one harmless role; may pass roles to containers only.
    "privilege_escalation_path": frozenset({"build-tools/role/ci-deploy-notifier", "build-tools/role/ci-deploy-sites"}),
    # Six days old; AWS's own; switched off.
    "dormant_identity": frozenset(
        {
            "billing-prod/role/installments-lambda",
            "streaming-prod/role/AWSServiceRoleForEcs",
            "rights-management/user/fax-gateway",
            "hr-core/user/old-intranet",
        }
    ),
    "long_lived_access_key": frozenset(
        {"rights-management/user/fax-gateway", "hr-core/user/old-intranet", "hr-core/user/timeclock"}
    ),
    # Reading it is their work.
    "unused_sensitive_access": frozenset(
        {
            "billing-prod/function/invoice-renderer",
            "hr-core/ecs-service/hr-portal",
            "data-lake/glue-job/customer-360",
            "streaming-prod/function/subscriber-lookup",
        }
    ),
}

GROUND_TRUTH = GroundTruth(
    accounts={number: name for name, number in ACCOUNTS.items()},
    runs_as=RUNS_AS,
    administrators=ADMINISTRATORS,
    findings=FINDINGS,
    near_misses=NEAR_MISSES,
    told_by_last_accessed={},
    unreadable={ACCOUNTS["indiecast"]: "no reader role", ACCOUNTS["oldwave-studios"]: "suspended"},
)
