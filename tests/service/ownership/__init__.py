"""Consent, archive, deletion, retention."""
