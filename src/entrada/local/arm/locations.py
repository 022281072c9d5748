"""Azure's regions: names and display names, as a table.

The local cloud has no places of its own and takes any location; clients ask for the list to check
what they were given, and to translate display names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrada.local.state import Document

_BY_GEOGRAPHY = {
    "Africa": ("South Africa North",),
    "Asia Pacific": (
        "Australia East",
        "Australia Southeast",
        "Central India",
        "East Asia",
        "Indonesia Central",
        "Japan East",
        "Japan West",
        "Korea Central",
        "Malaysia West",
        "New Zealand North",
        "South India",
        "Southeast Asia",
    ),
    "Canada": ("Canada Central", "Canada East"),
    "Europe": (
        "France Central",
        "Germany West Central",
        "Italy North",
        "North Europe",
        "Norway East",
        "Poland Central",
        "Spain Central",
        "Sweden Central",
        "Switzerland North",
        "UK South",
        "UK West",
        "West Europe",
    ),
    "Mexico": ("Mexico Central",),
    "Middle East": ("Israel Central", "Qatar Central", "UAE North"),
    "South America": ("Brazil South",),
    "US": (
        "Central US",
        "East US",
        "East US 2",
        "North Central US",
        "South Central US",
        "West Central US",
        "West US",
        "West US 2",
        "West US 3",
    ),
}
_GEOGRAPHIES = {
    region: geography for geography, regions in _BY_GEOGRAPHY.items() for region in regions
}
DISPLAY_NAMES: tuple[str, ...] = tuple(sorted(_GEOGRAPHIES))


def views(subscription: str) -> list[Document]:
    """Return the locations of a subscription as ARM shows them."""
    return [_view(subscription, display_name) for display_name in DISPLAY_NAMES]


def _view(subscription: str, display_name: str) -> Document:
    name = display_name.replace(" ", "").lower()
    geography = _GEOGRAPHIES[display_name]
    return {
        "id": f"/subscriptions/{subscription}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": display_name,
        "regionalDisplayName": f"({geography}) {display_name}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended",
            "geographyGroup": geography,
        },
    }
