#!/bin/sh
# A first start puts the image's releases where promotions can be written; then whatever `ubora` is told.
set -eu
mkdir -p "$UBORA_RELEASES"
if [ ! -e "$UBORA_RELEASES/aliases.json" ] && [ -d /opt/releases ]; then
    cp -R /opt/releases/. "$UBORA_RELEASES/"
fi
exec ubora "$@"
