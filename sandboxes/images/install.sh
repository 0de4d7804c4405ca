#!/bin/sh
# Runs as root in a container of the base with no network; what it leaves behind is the image.
#   /build/wheels           wheels, pip's own among them
#   /build/requirements.txt what to install
set -eu
pip=$(echo /build/wheels/pip-*.whl)
if grep -q '^[a-z]' /build/requirements.txt; then
    # Compiled once here: the root is read-only later, and an uncompiled torch imports twice as slowly.
    PYTHONPATH=$pip python3 -m pip install --break-system-packages --no-cache-dir --no-index \
        --root-user-action=ignore --find-links /build/wheels -r /build/requirements.txt
fi
mkdir -p /job/in /job/out /job/slot /job/code /job/sup/inside
ln -sfn slot/chan.sock /job/chan
chmod 755 /job /job/*/
# A tmpfs mounted here later takes the mode of the folder under it, whatever its options say.
chmod 1777 /job/out
python3 - <<'PY'
import compileall, sys
compileall.compile_dir("/usr/lib/python3.11", quiet=2, workers=1)
PY
# The manifest shown to contestants, and what makes two builds comparable.
mkdir -p /opt/openmodels
{ dpkg-query -W -f '${Package}=${Version}\n'; PYTHONPATH=$pip python3 -m pip list --format freeze; } \
    | sort > /opt/openmodels/manifest.txt
# Nothing with more rights than its user, and nothing to install with.
find / -xdev -perm /6000 -type f -exec chmod a-s {} + 2>/dev/null || true
rm -rf /var/cache/apt /var/lib/apt/lists /var/log/* /tmp/* /root/.cache
cat /opt/openmodels/manifest.txt
