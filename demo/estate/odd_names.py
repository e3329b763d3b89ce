"""Which names does AWS allow that a page had better not take at face value?"""

from demo.estate.names import team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by_service

MORNING_NEWS = "نشرة-الأخبار-الصباحية"
LONGEST = "reconciliation-of-regional-carriage-fees-across-every-territory-and-window-2025x"
EXHAUSTIVE = "payslip archive of " + ", ".join(f"region {number:02d}" for number in range(1, 23)) + " "


def build(accounts: dict[str, Account]) -> None:
    payroll, newsroom, rights = accounts["payroll-latam"], accounts["newsroom-cms"], accounts["rights-management"]
    payslips = allow("s3:GetObject", on="arn:aws:s3:::acme-payroll-latam-payslips/*")
    identities.role(
        payroll,
        "payroll-batch-machine",
        trust=by_service("ec2"),
        grants=[payslips],
        description='<script>alert("payroll")</script> runs on the 25th & the 10th',
        tags=team_of(payroll.name),
    )
    workloads.instance(payroll, "<b>payroll</b>", "payroll-batch-machine", tags={"team": "<i>payroll</i> & friends"})
    workloads.instance(payroll, f"{EXHAUSTIVE:x<256}"[:256], "payroll-batch-machine", tags=team_of(payroll.name))
    speak = [allow("polly:SynthesizeSpeech")]
    bulletin = identities.role(newsroom, "morning-bulletin-steps", trust=by_service("states"), grants=speak)
    workloads.state_machine(newsroom, MORNING_NEWS, bulletin, tags={"team": "غرفة الأخبار", **team_of(newsroom.name)})
    fees = identities.role(rights, "carriage-fees-steps", trust=by_service("states"), grants=speak)
    workloads.state_machine(rights, LONGEST, fees, tags=team_of(rights.name))
