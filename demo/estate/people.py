"""Who at Acme Media Group still holds access keys, and how old are they?"""

from demo.estate.names import BOB, MALLORY
from tests.emulators.aws.builders import identities
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow

# Account → user → (age of the key, days since it was last used), both in days; None: never used.
KEYS: dict[str, dict[str, tuple[int, int | None]]] = {
    "acme-media-group": {"root-automation": (1500, 1), "cost-report": (40, 2)},
    "security-audit": {"siem-export": (35, 1), "pentest-2026": (20, 3)},
    "log-archive": {"log-shipper": (50, 1)},
    "streaming-prod": {
        "cdn-vendor": (45, 1),
        "encoder-station": (1210, 3),
        "apps-release": (30, 5),
        "subtitle-house": (56, 1),
    },
    "billing-prod": {"sepa-upload": (58, 1), "card-network": (760, 2)},
    "ad-exchange": {"trader-api": (1400, 1), "ssp-feed": (25, 1), "creative-agency": (640, 240)},
    "newsroom-cms": {"wire-agency": (33, 1), "photo-desk": (48, 2), "bob.leaving": (1100, 2)},
    "data-lake": {"warehouse-loader": (55, 1), "dashboard": (44, 1), "consultant-2023": (980, 400)},
    "rights-management": {"licensor-portal": (52, 4), "territory-import": (700, 12)},
    "hr-core": {"timeclock": (59, 1), "badge-printer": (900, 1)},
    "payroll-latam": {"svc-payroll-ftp": (905, 1), "bank-upload": (47, 6)},
    "build-tools": {"artifact-mirror": (38, 1), "jenkins-legacy": (1330, 310), "mobile-signing": (29, 2)},
    "streaming-dev": {"qa-farm": (27, 1), "load-test": (410, None)},
    "ml-studio": {"labelling-vendor": (54, 1), "notebook-export": (520, 9), "gpu-broker": (18, 1)},
    "sandbox-innovation": {"hackathon-2024": (600, None), "demo-kiosk": (15, 2), "intern-2025": (430, 420)},
}
SWITCHED_OFF = {"rights-management": "fax-gateway", "hr-core": "old-intranet"}
TAGS = {"bob.leaving": {"owner": BOB, "team": "newsroom", "left": "2025-11-30"}, "intern-2025": {"owner": MALLORY}}


def build(accounts: dict[str, Account]) -> None:
    for account_name, users in KEYS.items():
        account = accounts[account_name]
        identities.group(account, "key-holders", grants=[allow("s3:ListAllMyBuckets")])
        for name, (age, used) in users.items():
            managed = ["AdministratorAccess"] if name == "root-automation" else []
            identities.user(account, name, groups=["key-holders"], managed=managed, tags=TAGS.get(name))
            identities.access_key(account, name, age=age, used=used)
    for account_name, name in SWITCHED_OFF.items():
        identities.user(accounts[account_name], name, groups=["key-holders"])
        identities.access_key(accounts[account_name], name, age=1600, used=800, active="Inactive")
