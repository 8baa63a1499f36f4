"""What every test stands on: the servers it may ask for, and no network beyond loopback."""

from tests.servers import network

pytest_plugins = ["tests.servers.fixtures", "tests.fixtures_db", "tests.fixtures_web"]

network.switch_off()
