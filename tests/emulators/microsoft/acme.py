"""Who and what does Acme Media's Microsoft tenant have, by the ids that Entra, Azure and the others all use?

An object id is made of the object's kind and name, so that each part of the stand-in knows it without asking another.
"""

import uuid

NAMESPACE = uuid.UUID("6f3d0f3e-5a0c-4d0e-9a52-2b1f7a6d4c01")
TENANT = "11111111-aaaa-4bbb-8ccc-000000000001"
OTHER_TENANT = "22222222-aaaa-4bbb-8ccc-000000000002"  # of a partner, Hooli
DOMAIN = "acme-media.example"


def guid(kind: str, name: str) -> str:
    """The object id: guid("user", "alice"), guid("group", "Data Platform"), guid("service principal", "Invoice Robot").

    A managed identity's service principal is told by what holds it: guid("service principal", "func-invoices") for the
    system's own, the identity's name for one that a user assigned. Its application id: guid("application", …).
    """
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}"))
