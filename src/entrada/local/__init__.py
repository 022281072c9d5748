"""The local cloud: Entra, managed identity hosts, Azure Resource Manager and Blob on loopback."""
