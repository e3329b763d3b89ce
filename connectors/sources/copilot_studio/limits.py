"""What do Microsoft's interfaces not tell an application that nobody is signed in to?"""

from __future__ import annotations

LIMITS = (
    "Agents made in Microsoft 365 Copilot's Agent Builder are kept outside of Dataverse and are not read.",
    "Which Entra agent identity an agent has is told only to people who are signed in, not to an application.",
    "Topics of agents made before Copilot Studio, in Power Virtual Agents, have another form and are not understood.",
    "Parts that agents share through a component collection are told of no agent.",
    "Whether a web channel demands a secret of its callers is not told: without sign-in, an agent counts as open.",
    "When an agent was last talked to is not told.",
)
