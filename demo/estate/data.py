"""What does Acme Media Group keep that others would like to have, and under which name?"""

from demo.estate.names import team_of
from tests.emulators.aws.builders import data
from tests.emulators.aws.builders.organization import Account

# Account → name → data domain.
BUCKETS: dict[str, dict[str, str | None]] = {
    "billing-prod": {"acme-billing-customer-statements": "customer", "acme-billing-invoices": "finance"},
    "ad-exchange": {"acme-adx-audience-segments": "customer"},
    "newsroom-cms": {"acme-newsroom-sources-confidential": "legal", "acme-newsroom-published": None},
    "data-lake": {"acme-lake-raw": None, "acme-lake-customer-360": "customer", "acme-lake-finance": "finance"},
    "rights-management": {"acme-rights-contracts": "legal", "acme-rights-litigation": "legal"},
    "hr-core": {"acme-hr-personnel-files": "hr"},
    "payroll-latam": {"acme-payroll-latam-payslips": "hr"},
    "build-tools": {"acme-source-mirror": "source-code"},
    "log-archive": {"acme-org-trail": None},
    "streaming-prod": {"acme-streaming-masters": None},
    "ml-studio": {"acme-ml-experiments": None},
}
TABLES: dict[str, dict[str, str | None]] = {
    "streaming-prod": {"subscribers": "customer", "watch-progress": "customer", "catalogue": None},
    "billing-prod": {"subscriptions": "customer", "ledger": "finance"},
    "hr-core": {"employees": "hr"},
    "rights-management": {"windows": None},
}
SECRETS = {
    "billing-prod": ("card-network/api", "sepa/signing"),
    "streaming-prod": ("drm/license-server",),
    "newsroom-cms": ("wire-agency/login",),
    "payroll-latam": ("bank/transfer",),
    "data-lake": ("warehouse/loader",),
    "build-tools": ("mobile/signing",),
}
DATABASES: dict[str, dict[str, str | None]] = {
    "hr-core": {"hr-core-db": "hr"},
    "billing-prod": {"billing-db": "finance"},
    "newsroom-cms": {"cms-db": None},
}
KEYS: dict[str, dict[str, str]] = {
    "billing-prod": {"billing": "finance"},
    "hr-core": {"personnel": "hr"},
    "rights-management": {"contracts": "legal"},
}


def build(accounts: dict[str, Account]) -> None:
    for name, account in accounts.items():
        tags = team_of(name)
        for bucket, domain in BUCKETS.get(name, {}).items():
            data.bucket(account, bucket, domain=domain, tags=tags)
        for table, domain in TABLES.get(name, {}).items():
            data.table(account, table, domain=domain, tags=tags)
        for secret in SECRETS.get(name, ()):
            data.secret(account, secret, tags=tags)
        for database, domain in DATABASES.get(name, {}).items():
            data.database(account, database, domain=domain, tags=tags)
        for alias, domain in KEYS.get(name, {}).items():
            data.encryption_key(account, alias, domain=domain, tags=tags)
