"""Which pages show connections, their scans, what those covered, and the inventory?"""
