#!/bin/sh
# Runs as root in a container of the base, with no network: which files of the archive are wanted?
#   /mnt/sources.list   the archive's indexes as the host downloaded them; apt verifies their signatures
#   /mnt/packages       what to install, one name a line
# Prints one line per file: 'file:/mnt/…/name.deb' name size hash
set -eu
. /mnt/apt.sh
$apt update >&2
# shellcheck disable=SC2046 # words are wanted
$apt install -qq -y --print-uris $(cat /mnt/packages)
