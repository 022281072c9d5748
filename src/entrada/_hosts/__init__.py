"""Managed identity hosts. The first whose evidence is found in the environment is asked."""

from entrada._hosts.app_service import APP_SERVICE
from entrada._hosts.imds import IMDS

HOSTS = (APP_SERVICE, IMDS)
