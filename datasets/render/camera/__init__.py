"""From where and how a phone sees it, and what of a defect can be seen then."""
