"""Where a FederatedCredential's assertions come from: one class for each platform."""

from __future__ import annotations

from entrada._sources.aws import AWS
from entrada._sources.azure_pipelines import AzurePipelines
from entrada._sources.callable import Callable
from entrada._sources.file import File
from entrada._sources.gcp import GCP
from entrada._sources.github import GitHub
from entrada._sources.gitlab import GitLab
from entrada._sources.managed_identity import ManagedIdentity
from entrada._sources.source import Source

__all__ = [
    "AWS",
    "GCP",
    "AzurePipelines",
    "Callable",
    "File",
    "GitHub",
    "GitLab",
    "ManagedIdentity",
    "Source",
]
