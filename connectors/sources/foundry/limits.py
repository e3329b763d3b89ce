"""What does AI Foundry tell nobody who only reads?"""

from __future__ import annotations

LIMITS = (
    "When an account's keys were made or used isn't told; sv0 knows only whether the account takes keys.",
    "What an agent was asked, and which tools it called, is content: sv0 knows what it may call.",
    "What is in a file search's vector store is not read; sv0 knows that an agent has one.",
    "Where a connection leads by a key, what that key opens there isn't told.",
    "Agents of an account that answers private endpoints only can be read from inside that network alone.",
    "Projects of the older kind, in hubs of Azure Machine Learning, are not read.",
)
