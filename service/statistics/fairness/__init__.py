"""Whether some are judged otherwise than others: rates of errors, their gaps, and asking of many at once."""
