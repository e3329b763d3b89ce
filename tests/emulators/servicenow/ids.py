"""By which names do Acme Media's other systems know the actors of its ServiceNow?

Client ids of applications in its Entra tenant, and the e-mail addresses of its accounts elsewhere.
"""

TENANT = "5b1f0c52-7d0e-4a54-9a63-0d6a3c1e7f10"  # Acme Media's Entra tenant
ENTRA_SYNC = "3e5d2a1c-9b44-4c0f-8a57-6f0e1d2c3b4a"  # the application as which ServiceNow reads Microsoft Graph
REPORTING = "a7c4e9d2-1f36-4b8e-b0d5-92e7c6a18f43"  # the gateway that reads ServiceNow
JIRA_SYNC_EMAIL = "servicenow-sync@acme-media.example"  # the account as which ServiceNow writes to Jira
JIRA_SITE = "acme-media.atlassian.net"
EXPORT_EMAIL = "hr-export@acme-media.example"  # the account whose job sends HR cases away
EXPORT_HOST = "b7k2m4.lambda-url.eu-west-1.on.aws"  # where it sends them: a function's address at AWS
