"""What are Acme Media Group's accounts, regions and teams called, and which strangers knock on its doors?"""

HOME, UNITED_STATES, LATAM = "eu-west-1", "us-east-1", "sa-east-1"

ACCOUNTS = {
    "acme-media-group": "210000000001",
    "security-audit": "210000000011",
    "log-archive": "210000000012",
    "streaming-prod": "210000000021",
    "billing-prod": "210000000022",
    "ad-exchange": "210000000023",
    "newsroom-cms": "210000000024",
    "data-lake": "210000000025",
    "rights-management": "210000000026",
    "hr-core": "210000000031",
    "payroll-latam": "210000000032",
    "build-tools": "210000000033",
    "streaming-dev": "210000000041",
    "ml-studio": "210000000042",
    "sandbox-innovation": "210000000043",
    "indiecast": "210000000051",
    "oldwave-studios": "210000000052",
}
PLATFORM = "900000000002"

# Accounts outside the organization. Only the first two are under contract.
SIEM_VENDOR, PAYMENT_PROVIDER = "444433332222", "444433335555"
UNKNOWN_ENCODER, UNKNOWN_BIDDER = "555566667777", "555566668888"

AUDIT_TEAM = "security-review@acme-media.example"
ALICE, BOB, MALLORY = "alice@acme-media.example", "bob@acme-media.example", "mallory@acme-media.example"


def team_of(account_name: str) -> dict[str, str]:
    """Return the tags of what belongs to an account's team: who answers for it, and the team's name."""
    team = account_name.partition("-")[0]
    return {"owner": f"{team}-team@acme-media.example", "team": team}
