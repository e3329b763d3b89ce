"""Which tenant pages belong to connections, scans and the inventory?"""

urlpatterns: list = []
