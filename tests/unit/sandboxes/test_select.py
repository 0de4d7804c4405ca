import pytest

from sandboxes.errors import ImageMissing, ProviderUnavailable
from sandboxes.select import select_provider

NOWHERE = "unix:///nonexistent/docker.sock"


def test_falls_back_to_local(tmp_path):
    provider = select_provider("auto", allow_local=True, owner="t", run_dir=tmp_path, docker_url=NOWHERE)
    assert provider.name == "local"
    provider.close()


def test_local_may_be_forbidden(tmp_path):
    with pytest.raises(ProviderUnavailable, match=r"forbidden.*install and start Docker"):
        select_provider("auto", allow_local=False, owner="t", run_dir=tmp_path, docker_url=NOWHERE)
    with pytest.raises(ProviderUnavailable, match="forbidden"):
        select_provider("local", allow_local=False, owner="t", run_dir=tmp_path)


def test_docker_asked_for_and_not_there(tmp_path):
    with pytest.raises((ProviderUnavailable, ImageMissing), match="apt-get install docker"):
        select_provider("docker", allow_local=True, owner="t", run_dir=tmp_path, docker_url=NOWHERE)
