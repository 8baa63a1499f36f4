"""The network of an address: what caps and buckets count by. It loads nothing of the pages."""

import ipaddress
import re

WITH_PORT = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\](?::\d+)?|(?P<four>[0-9.]+):\d+")


def network(address: str) -> str:
    """An IPv6 household has a /64 to itself; an IPv4 one has an address. Some proxies add the port, new each time."""
    if found := WITH_PORT.fullmatch(address):
        address = found["six"] or found["four"]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
