"""Local stand-ins for the APIs of vendors."""
