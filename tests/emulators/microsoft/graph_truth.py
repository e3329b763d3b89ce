"""What is true of Acme Media's directory, written down by hand from what its author meant? By names.

graph_acme.py has the rows; this is what a reader of them should come to.
"""

from collections.abc import Mapping

Held = Mapping[str, frozenset[str]]

# What each may do as itself, whether or not it is switched on. That one is let in to an application that offers no
# permissions (Invoice Robot to Everybody's Tool) opens nothing, and is not among it.
APP_ROLES: Held = {
    "Invoice Robot": frozenset({"Mail.Read", "Files.Read.All"}),
    "Landing Zone Pipeline": frozenset({"RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All"}),
    "Legacy Sync": frozenset({"Directory.Read.All", "full_access_as_app"}),
    "Microsoft Teams Sync": frozenset({"Mail.Send"}),
    "sv0": frozenset({"Application.Read.All"}),
    "Decommissioned Reporter": frozenset({"Sites.Selected"}),
    "Night Agent": frozenset({"Payroll.Read.All"}),
    "GitHub Deploy": frozenset({"Payroll.Read.All"}),  # as member of Data Platform, besides one no longer offered
}
# What each may do for who is signed in; what agents inherit of their blueprint is not among it.
DELEGATED: Held = {
    "Hooli Campaigns": frozenset({"User.Read", "Mail.Read"}),
    "Everybody's Tool": frozenset({"Files.ReadWrite.All", "Calendars.Read"}),
    "Care Blueprint": frozenset({"Mail.Read", "Chat.Read", "user_impersonation"}),
}
INHERITED: Held = dict.fromkeys(("Care Agent", "Night Agent", "Lost Agent"), frozenset({"Mail.Read"}))
DIRECTORY_ROLES: Held = {
    "Landing Zone Pipeline": frozenset({"Application Administrator"}),
    "sv0": frozenset({"Global Reader"}),
    "Legacy Sync": frozenset({"User Administrator"}),  # in one administrative unit
    "Invoice Robot": frozenset({"Media Helpdesk"}),  # over one application
    "Care Agent": frozenset({"Global Reader"}),  # its user, as member of Care Agents
}
ELIGIBLE: Held = {
    "Landing Zone Pipeline": frozenset({"Global Administrator"}),  # as member of Cloud Admins
    "GitHub Deploy": frozenset({"User Administrator"}),
}
# Who answers for each; of Acme's own applications, nobody for those that aren't here.
OWNERS: Held = {
    "Invoice Robot": frozenset({"Alice", "Landing Zone Pipeline"}),
    "GitHub Deploy": frozenset({"Bob"}),
    "Legacy Sync": frozenset({"Mallory"}),
    "Hooli Campaigns": frozenset({"Alice"}),
    "Everybody's Tool": frozenset(f"Crew-{number:02}" for number in range(25)),
    "Care Blueprint": frozenset({"Alice"}),
}
SPONSORS: Held = {
    "Care Agent": frozenset({"Alice"}),
    "Night Agent": frozenset({"Bob"}),
    "hr-bot": frozenset({"Alice"}),
}
LEFT = frozenset({"Bob"})  # the accounts that are switched off
GUESTS = frozenset({"Mallory"})
# Secrets and certificates by which each can sign in, its registration's among them: how many, and how many are over.
CREDENTIALS: Mapping[str, tuple[int, int]] = {
    "Invoice Robot": (3, 1),
    "Landing Zone Pipeline": (1, 1),
    "Legacy Sync": (2, 0),
    "Decommissioned Reporter": (1, 0),
    "sv0": (1, 0),
    "Hooli Campaigns": (1, 0),
    "Care Blueprint": (1, 0),
}  # Expenses has none: what it has signs Entra's tokens for it
TRUSTS: Held = {  # the subjects of elsewhere that sign in as each
    "GitHub Deploy": frozenset(
        {"repo:acme-media/landing-zone:ref:refs/heads/main", "repo:acme-media/landing-zone:pull_request"}
    ),
}
SWITCHED_OFF = frozenset({"Decommissioned Reporter"})
OF_OTHERS = frozenset({"Hooli Campaigns", "Microsoft Teams Sync", "Mass Mailer"})
OF_MICROSOFT = frozenset({"Microsoft Graph", "Office 365 Exchange Online", "Office 365 SharePoint Online"})
VERIFIED = frozenset({"Hooli Campaigns"})
SIGNED_IN = frozenset({"Invoice Robot", "GitHub Deploy", "Landing Zone Pipeline", "Hooli Campaigns"})
AGENTS: Mapping[str, str] = {  # of which blueprint each is
    "Care Agent": "Care Blueprint",
    "Night Agent": "Care Blueprint",
    "Lost Agent": "Care Blueprint",
    "hr-bot": "People Blueprint",
}
AGENT_USERS: Mapping[str, str | None] = {"Care Agent": "Care Agent", "Stray Agent": None}  # whose each is
MANAGED = 20  # identities that Azure holds
