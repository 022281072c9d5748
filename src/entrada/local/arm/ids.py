"""ARM resource ids: reading, comparing and composing them.

Knows no state and no HTTP. Ids are compared without case; the casing of creation is kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResourceId:
    """The id of a resource in a resource group, taken apart; child resources have longer tuples."""

    subscription: str
    group: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> ResourceId:
        """Read an id; raise ``ValueError`` where it is not that of a resource in a group."""
        parts = text.strip("/").split("/")
        fixed = [part.lower() for part in parts[:6:2]]
        if fixed != ["subscriptions", "resourcegroups", "providers"] or len(parts) < 8:
            raise ValueError(f"{text!r} is not the id of a resource in a resource group")
        if len(parts) % 2 or not all(parts):
            raise ValueError(f"{text!r} ends in a type without a name")
        return cls(parts[1], parts[3], parts[5], tuple(parts[6::2]), tuple(parts[7::2]))

    @property
    def type(self) -> str:
        """The full type, such as ``Microsoft.Web/sites/config``."""
        return "/".join((self.namespace, *self.types))

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]

    @property
    def group_id(self) -> str:
        """The id of the resource group."""
        return group_id(self.subscription, self.group)

    @property
    def top(self) -> ResourceId:
        """The id of the resource that this one is a child of, itself when it is none."""
        return ResourceId(
            self.subscription, self.group, self.namespace, self.types[:1], self.names[:1]
        )

    def __str__(self) -> str:
        pairs = zip(self.types, self.names, strict=True)
        path = "/".join(part for pair in pairs for part in pair)
        return f"{self.group_id}/providers/{self.namespace}/{path}"


def group_id(subscription: str, group: str) -> str:
    """Compose the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def key(resource_id: str) -> str:
    """Return what the state files an id under."""
    return resource_id.rstrip("/").lower()


def is_guid(text: str) -> bool:
    """Say whether a text is a GUID with dashes."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        character in "0123456789abcdef" for character in "".join(parts).lower()
    )
