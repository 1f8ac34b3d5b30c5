"""Files on the disk: photos by their content, uploads not whole yet, backups, what leaves."""
