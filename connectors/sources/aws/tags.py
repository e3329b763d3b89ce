"""Which tags do the resources of one kind have?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from botocore.exceptions import ClientError

from connectors.sources.aws.place import Place, Tags


def pairs(rows: Iterable[Mapping[str, str]]) -> Tags:
    """AWS's lists of tags, which spell key and value with or without capitals, as sorted pairs."""
    return tuple(
        sorted((str(row.get("Key", row.get("key"))), str(row.get("Value", row.get("value", "")))) for row in rows)
    )


def tags_of(place: Place, *kinds: str) -> dict[str, Tags]:
    """ARN → tags of everything tagged of those kinds ("lambda:function") in the region, in one sweep.

    One sweep costs a call for each hundred resources where asking each one would cost a call apiece. Refused, it leaves
    the resources without tags, and the scope incomplete.
    """
    found: dict[str, Tags] = {}
    try:
        for page in place.pages(
            "resourcegroupstaggingapi", "GetResources", by="PaginationToken", ResourceTypeFilters=list(kinds)
        ):
            for row in page["ResourceTagMappingList"]:
                found[row["ResourceARN"]] = pairs(row.get("Tags", ()))
    except ClientError as error:
        place.tolerate(error)
    return found
