"""A service with clients of both colours."""

from services import Parcels


class PostClient(Parcels):
    """The sync one."""
