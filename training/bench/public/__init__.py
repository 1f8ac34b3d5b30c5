"""Public defect sets with published figures."""
