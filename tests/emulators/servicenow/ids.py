"""By which names do Acme Media's other systems know the actors of its ServiceNow?

Client ids of applications in its Entra tenant, and the e-mail addresses of its accounts elsewhere.
"""

from tests.emulators.microsoft.acme import TENANT, guid

__all__ = ["TENANT"]
ENTRA_SYNC = guid("application", "Legacy Sync")  # as which ServiceNow reads Microsoft Graph
REPORTING = guid("application", "Decommissioned Reporter")  # the gateway that reads ServiceNow
JIRA_SYNC_EMAIL = "servicenow-sync@acme-media.example"  # the account as which ServiceNow writes to Jira
JIRA_SITE = "acme-media.atlassian.net"
EXPORT_EMAIL = "hr-export@acme-media.example"  # the account whose job sends HR cases away
EXPORT_HOST = "b7k2m4.lambda-url.eu-west-1.on.aws"  # where it sends them: a function's address at AWS
