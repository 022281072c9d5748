"""ARM's error shape, and the errors that more than one part of it raises.

Knows no state. Codes and texts are those of Azure Resource Manager, because clients match on them.
"""

from __future__ import annotations

from entrada.local.http import Refusal, json_reply


class ArmError(Refusal):
    """A refusal in ARM's shape; ``str`` of it is its code and message."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        body = {"error": {"code": code, "message": message}}
        super().__init__(json_reply(status, body, **headers))
        self.status = status
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def bad_request(message: str, code: str = "BadRequest") -> ArmError:
    """Return the error for a mistake of the caller's."""
    return ArmError(400, code, message)


def group_not_found(name: str) -> ArmError:
    """Return the error for a resource group that is not there."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def resource_not_found(type_name: str, name: str, group: str) -> ArmError:
    """Return the error for a resource that is not there; a child's names are slash-separated."""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{type_name}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def subscription_not_found(subscription: str) -> ArmError:
    """Return the error for a subscription that is not there."""
    return ArmError(
        404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found."
    )


def location_required() -> ArmError:
    """Return the error for a tracked resource or a group that was put without saying where."""
    return bad_request("The location property is required for this definition.", "LocationRequired")
