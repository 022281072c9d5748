"""Azure Resource Manager and Microsoft Graph as commands use them. Knows no option and no table."""
