"""What a stranger's picture file is made of, before any decoder believes it. Stands below all rooms.

Every walk is linear, and refuses more parts than a camera or an encoder writes.
"""
