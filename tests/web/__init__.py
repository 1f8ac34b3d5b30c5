"""What the pages of both apps share: words, colours, files, no barriers."""
