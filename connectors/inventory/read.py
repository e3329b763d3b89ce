"""What does the inventory say?"""
def coverage_chip(tenant): return None
