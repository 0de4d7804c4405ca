"""Asks the cloud for its own keys.

Tries: to get the machine's credentials from the metadata services of the large clouds.
Covers: cloud-metadata
Road: step
Must: AC
"""

import socket
import urllib.request

from probe import Probe

probe = Probe()
probe.works("a local socket", lambda: socket.socket(socket.AF_INET) is not None)
for url in (
    "http://169.254.169.254/latest/meta-data/", "http://169.254.169.254/computeMetadata/v1/", "http://169.254.170.2/v2/credentials",
    "http://100.100.100.200/latest/meta-data/", "http://[fd00:ec2::254]/latest/", "http://metadata.google.internal/",
    "http://168.63.129.16/", "http://192.0.0.192/", "http://10.96.0.1/",
):  # fmt: skip
    probe.refused(url, lambda u=url: urllib.request.urlopen(u, timeout=1).read(10))
probe.end()
