"""Designs, and what stands for each: approved photos and accepted pieces."""
