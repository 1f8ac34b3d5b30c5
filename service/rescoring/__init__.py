"""What another release says of photos that were judged already: of an archive, and of what comes."""
