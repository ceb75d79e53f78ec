"""The served repository and the running server that most tests share."""

import numpy as np
import pytest
from PIL import Image

from running_server import RunningServer
from server_models import deploy_cnn, write_repository


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """What is measured about this machine's engines is remembered: not among the user's."""
    import os

    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Pictures of 32x32 in two sub-folders, which are their labels."""
    root, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(7)
    for index in range(8):
        folder = root / ("cat" if index % 2 else "dog")
        folder.mkdir(exist_ok=True)
        Image.fromarray(random.integers(0, 255, (4, 4, 3), dtype=np.uint8)).resize((32, 32)).save(folder / f"{index}.png")
    return root


@pytest.fixture(scope="session")
def bundle(tmp_path_factory, photos):
    """A bundle of the small CNN; tests that change one copy it."""
    folder = tmp_path_factory.mktemp("bundles")
    deploy_cnn(folder / "cnn", folder, photos)
    return folder / "cnn"


@pytest.fixture(scope="session")
def repository(tmp_path_factory, bundle):
    root = tmp_path_factory.mktemp("repository")
    write_repository(root)
    (root / "cnn").symlink_to(bundle)
    return root


@pytest.fixture
def start(tmp_path):
    """start(PATH, FLAGS...) runs a server of the test's own; stopped at the end, which must succeed."""
    servers = []

    def run(path, *arguments, **more):
        servers.append(RunningServer(path, *arguments, log=tmp_path / f"server{len(servers)}.log", **more))
        return servers[-1]

    yield run
    assert [server.stop() for server in servers] == [0] * len(servers)


@pytest.fixture(scope="module")
def server(repository, tmp_path_factory):
    running = RunningServer(repository, "--allow-control", log=tmp_path_factory.mktemp("server") / "server.log")
    yield running
    assert running.stop() == 0
