"""Managed identity hosts. The first whose evidence is found in the surroundings is asked."""

from entrada._hosts.app_service import APP_SERVICE
from entrada._hosts.azure_arc import ARC, ARC_WITHOUT_VARIABLES
from entrada._hosts.azure_ml import AZURE_ML
from entrada._hosts.cloud_shell import CLOUD_SHELL
from entrada._hosts.host import Host
from entrada._hosts.imds import IMDS
from entrada._hosts.incomplete import INCOMPLETE
from entrada._hosts.service_fabric import SERVICE_FABRIC
from entrada._hosts.workload import WORKLOAD

HOSTS: tuple[Host, ...] = (
    SERVICE_FABRIC,
    APP_SERVICE,
    ARC,
    INCOMPLETE,
    AZURE_ML,
    CLOUD_SHELL,
    WORKLOAD,
    ARC_WITHOUT_VARIABLES,
    IMDS,
)
