"""What changed, said once: limits that stand, signals against them, and alerts that people acknowledge."""
