"""Managed identity hosts. The first whose evidence is found in the surroundings is asked."""

from entrada._hosts.evidence import anywhere, arc_is_installed, look_around
from entrada._hosts.host import Host, has

HOSTS: tuple[Host, ...] = (
    Host(
        "service_fabric",
        has("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"),
    ),
    Host("app_service", has("IDENTITY_ENDPOINT", "IDENTITY_HEADER")),
    Host("azure_arc", has("IDENTITY_ENDPOINT", "IMDS_ENDPOINT")),
    Host("incomplete", has("IDENTITY_ENDPOINT")),
    Host("azure_ml", has("MSI_ENDPOINT", "MSI_SECRET")),
    Host("cloud_shell", has("MSI_ENDPOINT")),
    Host(
        "workload_identity",
        has("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    ),
    Host("azure_arc", arc_is_installed),
    Host("imds", anywhere, look_around),
)
