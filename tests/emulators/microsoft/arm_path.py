"""What does a path of Azure Resource Manager point at: which kind of object, where, one or all of them?"""

from dataclasses import dataclass

MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
VERBS = {"PUT": "write", "PATCH": "write", "DELETE": "delete"}


@dataclass(frozen=True)
class Path:
    """A path, in small letters throughout.

    `kind` is the type ("microsoft.web/sites"), `name` the last name, None where all of them are meant. `id` is the
    whole path, `parent` the resource that it is part of, `scope` what the right to read it is held on.
    """

    id: str
    kind: str
    name: str | None
    scope: str
    parent: str | None = None

    @property
    def action(self) -> str:
        """The right that reading it takes."""
        words = {
            "subscriptions": "Microsoft.Resources/subscriptions",
            "subscriptions/resourcegroups": "Microsoft.Resources/subscriptions/resourceGroups",
            "subscriptions/resources": "Microsoft.Resources/subscriptions/resources",
            "tenants": "Microsoft.Resources/tenants",
            "microsoft.management/managementgroups/descendants": "Microsoft.Management/managementGroups",
        }
        return f"{words.get(self.kind, self.kind)}/read"

    @property
    def subscription(self) -> str | None:
        parts = self.id.split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else None

    @property
    def group(self) -> str | None:
        """The id of the resource group that it is in."""
        parts = self.id.split("/")
        return "/".join(parts[:5]) if len(parts) > 4 and parts[3] == "resourcegroups" else None

    @property
    def management_group(self) -> str | None:
        return self.id.removeprefix(MANAGEMENT_GROUP).split("/")[0] if self.id.startswith(MANAGEMENT_GROUP) else None

    def verb(self, method: str) -> str:
        """What a method other than GET does to it, as the right to do so is called."""
        return VERBS.get(method, "action")


def read(path: str) -> Path:
    """Take a path apart."""
    id_ = "/" + path.lower().strip("/")
    head, found, tail = id_.rpartition("/providers/")
    if not found:
        return _container(id_)
    namespace, *parts = tail.split("/")
    kind = "/".join([namespace, *parts[::2]])
    name = parts[-1] if len(parts) % 2 == 0 else None
    parent = f"{head}/providers/{namespace}/{'/'.join(parts[:-1])}" if name is None and len(parts) > 1 else None
    if namespace == "microsoft.authorization":
        return Path(id_, kind, name, scope=head or "/")
    return Path(id_, kind, name, scope=parent or (id_ if name else head or "/"), parent=parent)


def _container(id_: str) -> Path:
    """Tenants, subscriptions, resource groups."""
    parts = id_.strip("/").split("/")
    kind = "/".join(parts[::2])
    name = parts[-1] if len(parts) % 2 == 0 else None
    scope = id_ if name else id_.rpartition("/")[0]
    return Path(id_, kind, name, scope=scope or "/")
