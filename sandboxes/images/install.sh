#!/bin/sh
# Runs as root in a container of the base with no network; what it leaves behind is the image.
#   /mnt/sources.list, /mnt/debian, /mnt/security   Debian packages and the indexes that vouch for them
#   /mnt/packages                                   Debian packages to install, one name a line
#   /mnt/wheels, /mnt/requirements.txt              wheels, pip's own among them, and what to install
#   /mnt/files                                      laid over /
# The last line on standard output is what `finish.py` says of the image.
set -eu
if [ -s /mnt/packages ]; then
    . /mnt/apt.sh
    $apt update >&2
    # shellcheck disable=SC2046 # words are wanted
    $apt install -y $(cat /mnt/packages) >&2
fi
if grep -q '^[a-z]' /mnt/requirements.txt; then
    # Compiled by finish.py, so that the result does not depend on the moment.
    PYTHONPATH=$(echo /mnt/wheels/pip-*.whl) python3 -B -m pip install --break-system-packages --no-compile \
        --no-cache-dir --no-index --root-user-action=ignore --quiet \
        --find-links /mnt/wheels -r /mnt/requirements.txt >&2
fi
if [ -d /mnt/files ]; then
    cp -r --no-preserve=all /mnt/files/. /
    (cd /mnt/files && find . -path '*/bin/*' -type f) | (cd / && xargs -r chmod 755)
fi
for found in /usr/lib/jvm/java-*-openjdk-*; do
    # One name whatever the machine; the wrappers in /usr/local/bin use it.
    if [ -d "$found/bin" ]; then ln -sfn "$found" /usr/lib/jvm/openjdk; fi
done
mkdir -p /job/in /job/out /job/slot /job/code /job/sup/inside
ln -sfn slot/chan.sock /job/chan
chmod 755 /job /job/*/
# A tmpfs mounted here later takes the mode of the folder under it, whatever its options say.
chmod 1777 /job/out
# Where programs made for Codabench expect their files.
mkdir -p /app
for link in program:/job/in/program input:/tmp/input input_data:/job/in/input_data output:/job/out \
    ingested_program:/tmp/submission shared:/tmp/shared; do
    ln -sfn "${link#*:}" "/app/${link%%:*}"
done
exec python3 -B -I /mnt/finish.py
