"""The demo: a media company's AWS organization in an emulator, scanned by the production code."""
