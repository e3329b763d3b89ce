"""What does no API of Atlassian tell, so that nobody takes what isn't shown for what isn't there?"""

BLIND_SPOTS = (
    "Atlassian lists no installed apps: sv0 knows Forge and Connect apps by their accounts, not their scopes, versions "
    "or remote hosts.",
    "Webhooks that apps registered for themselves are shown to those apps only; sv0 reads the ones that administrators "
    "made.",
    "What people consented to for OAuth 2.0 apps (3LO) is shown to each of them alone.",
    "What a user's API token may do, and whether it is scoped, isn't told; without an organization API key, not even "
    "that there is one.",
    "The knowledge, tools and instructions of Rovo agents are not told: sv0 knows an agent by its account.",
    "When an account last signed in isn't told by Jira; sv0 knows when its API tokens were last used, with an "
    "organization API key.",
    "Secrets and connections of automation rules are not told, and addresses that a rule puts together while it runs "
    "cannot be known before.",
    "Permissions given to an issue's assignee, reporter or users in its fields depend on the issue; sv0 reads none.",
    "Issue security levels narrow what a permission opens; sv0 shows the permission.",
    "Team-managed projects have roles but no permission scheme that is told; what a role of their own making permits "
    "is unknown.",
    "E-mail addresses that people hide in their profiles are hidden from sv0 as well.",
    "Application links and lists of allowed IP addresses have no API.",
)
