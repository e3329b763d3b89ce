"""The tests' and the demo's Microsoft: Entra's sign-in and directory, Azure, AI Foundry and Power Platform."""
