"""What does an agent know from: a SharePoint site, a website, tables, an index? Pure.

Of an address only the host and the site are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.sources.copilot_studio.hosts import host_of

SITES = 2  # parts of a path that name a SharePoint site: /sites/hr


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A source of knowledge. `key` tells it apart in its environment; `type` as pages show it."""

    key: str
    name: str
    type: str
    public: bool | None = None


# Where the source itself names nothing that tells two of them apart, its part's name does.
NAMED = {
    "DataverseStructuredSearchSource": "Dataverse tables as knowledge",
    "DataverseSearchSource": "Dataverse tables as knowledge",
    "GraphConnectorSearchSource": "Microsoft Graph connector",
    "AzureAISearchSource": "Azure AI Search index",
    "FederatedStructuredSearchSource": "federated knowledge source",
    "FileKnowledgeSource": "files as knowledge",
    "CustomDataSource": "knowledge from a topic",
}
SHAREPOINT = {"SharePointSearchSource", "SharePointKnowledgeSource", "OneDriveSearchSource"}
WEBSITES = {"PublicSiteSearchSource", "WebsiteKnowledgeSource"}


def knowledge(source: dict[str, Any], *, name: str) -> Knowledge | None:
    """What the source of a KnowledgeSourceConfiguration is; None where that isn't understood."""
    kind, site = str(source.get("kind") or ""), source.get("site")
    if kind in SHAREPOINT or kind in WEBSITES:
        host = host_of(site)
        if host is None:
            return None
        if kind in WEBSITES:
            return Knowledge(f"website/{host}", host, "public website", public=True)
        place = _site(str(site))
        return Knowledge(f"sharepoint/{host}{place.lower()}", f"{host}{place}", "SharePoint site")
    told = NAMED.get(kind)
    if told is None:
        return None
    return Knowledge(f"{kind.lower()}/{name.lower()}", name, told)


def _site(address: str) -> str:
    parts = [part for part in unquote(urlsplit(address.strip()).path).split("/") if part][:SITES]
    return "".join(f"/{part}" for part in parts)
