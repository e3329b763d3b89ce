"""Which entries of public catalogues do rules refer to, and what do they stand for?"""

from __future__ import annotations

MAPPINGS = {
    # OWASP Non-Human Identities Top 10, 2025
    "OWASP-NHI1:2025": "Improper offboarding",
    "OWASP-NHI2:2025": "Secret leakage",
    "OWASP-NHI3:2025": "Vulnerable third-party NHI",
    "OWASP-NHI4:2025": "Insecure authentication",
    "OWASP-NHI5:2025": "Overprivileged NHI",
    "OWASP-NHI6:2025": "Insecure cloud deployment configurations",
    "OWASP-NHI7:2025": "Long-lived secrets",
    "OWASP-NHI8:2025": "Environment isolation",
    "OWASP-NHI9:2025": "NHI reuse",
    "OWASP-NHI10:2025": "Human use of NHI",
    # OWASP Top 10 for Agentic Applications, as far as metadata can be evidence
    "OWASP-ASI02": "Agentic Top 10: Tool misuse and exploitation",
    "OWASP-ASI03": "Agentic Top 10: Identity and privilege abuse",
    "OWASP-ASI04": "Agentic Top 10: Agentic supply chain",
    "OWASP-ASI10": "Agentic Top 10: Rogue agents",
    "CIS-AWS-1.12:3.0": "Credentials unused for 45 days or more are disabled",
    "CIS-AWS-1.14:3.0": "Access keys are rotated every 90 days or less",
    "CIS-AWS-1.16:3.0": "Policies that allow full administrative privileges are not attached",
    # Accountability of AI systems
    "ISO-42001-A.3.2": "AI roles and responsibilities",
    "ISO-42001-A.4.2": "Resource documentation of AI systems",
    "NIST-AI-RMF-GOVERN-1.6": "AI systems are inventoried",
    "NIST-AI-RMF-GOVERN-2.1": "Roles, responsibilities and lines of communication are documented",
    "NIST-AI-RMF-MANAGE-2.4": "Systems that act outside their intended use can be superseded or deactivated",
}
