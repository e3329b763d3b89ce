"""What is true of Acme Media's Azure and AI Foundry, written down by hand from what their author meant?"""

from collections.abc import Mapping

# What acts, by the last part of its id, and the service principals' names that it acts as.
RUNS_AS: Mapping[str, frozenset[str]] = {
    "func-invoices": frozenset({"func-invoices"}),
    "la-payments": frozenset({"la-payments"}),
    "aa-people": frozenset({"id-payroll"}),
    "vm-transcoder": frozenset({"vm-transcoder"}),
    "vm-bob": frozenset({"vm-bob"}),
    "aks-media": frozenset({"aks-media"}),
    "ca-recommender": frozenset({"ca-recommender"}),
    "adf-analytics": frozenset({"adf-analytics", "id-loader"}),
    "acme-ai-people": frozenset({"acme-ai-people"}),
    "acme-ai-marketing": frozenset({"acme-ai-marketing"}),
    "acme-ai-legal": frozenset({"acme-ai-legal"}),
    "acme-ai-models": frozenset({"acme-ai-models"}),
    "hr-assistant": frozenset({"acme-ai-people/hr-assistant"}),
    "recruiting": frozenset({"acme-ai-people/recruiting"}),
    "campaigns": frozenset({"acme-ai-marketing/campaigns"}),
    "contracts": frozenset({"acme-ai-legal/contracts"}),
}
# AI agents: what they act as besides the keys of connections, which hosts they reach, what they ask, what they use.
AGENT_RUNS_AS: Mapping[str, str] = {
    "hr-bot": "hr-bot",  # an identity of its own
    "offer-writer": "acme-ai-people/hr-assistant",
    "onboarding": "acme-ai-people/hr-assistant",
    "greeter": "acme-ai-people/hr-assistant",
    "policies": "acme-ai-people/hr-assistant",
    "screener": "acme-ai-people/recruiting",
    "campaigner": "acme-ai-marketing/campaigns",
}
AGENT_REACHES: Mapping[str, frozenset[str]] = {
    "hr-bot": frozenset(
        {"mcp.people-tools.example", "api.workday.example", "acmemedia.sharepoint.example", "internet"}
    ),
    "policies": frozenset({"weather.example"}),
    "campaigner": frozenset({"agents.partner.example"}),
}
AGENT_ASKS: Mapping[str, frozenset[str]] = {"onboarding": frozenset({"hr-bot"}), "policies": frozenset({"payroll"})}
AGENT_HOLDS_KEYS_OF: Mapping[str, frozenset[str]] = {
    "hr-bot": frozenset({"people-tools", "workday", "handbook", "figures"}),
}
AGENT_USES: Mapping[str, frozenset[str]] = {
    "hr-bot": frozenset({"people-tools", "workday", "handbook", "figures", "search-people", "bing"}),
    "campaigner": frozenset({"partner-agent"}),
}
# Where agents keep conversations and files: every agent of the project uses these connections as well.
KEPT_IN: Mapping[str, frozenset[str]] = {"hr-assistant": frozenset({"threads", "search-people", "files-people"})}
TAKES_KEYS = frozenset({"acme-ai-people", "acme-ai-legal", "acme-ai-models"})
