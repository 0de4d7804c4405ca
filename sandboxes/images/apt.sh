# apt that reads the host's copy of the archive at /mnt and nothing else. Sourced by the other programs.
export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -o Dir::Etc::SourceList=/mnt/sources.list -o Dir::Etc::SourceParts=- -o Acquire::Languages=none
    -o Acquire::By-Hash=no -o APT::Sandbox::User=root -o APT::Install-Recommends=false
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io"
if [ -e /mnt/is-old ]; then
    # An archive of a day gone by, asked for by name: its indexes say themselves that they are out of date.
    apt="$apt -o Acquire::Check-Valid-Until=false"
fi
