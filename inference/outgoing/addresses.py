"""Which addresses are on the public network: the only ones that are asked unless a setting names others.

Everything else (this machine, the institution's own network, a cloud's metadata service) answers to this process what
it would not answer to the person who asks through it.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Beyond what Python knows: shared by providers' customers (100.64/10), protocol assignments, relays to 6to4.
_SPECIAL_V4 = [ip_network(network) for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15")]
# The part of IPv6 that is given out to the public; everything outside is special in some way.
_PUBLIC_V6 = ip_network("2000::/3")
# Protocol assignments (Teredo, ORCHID and others), and documentation.
_SPECIAL_V6 = [ip_network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20")]
_NAT64 = ip_network("64:ff9b::/96")
_6TO4 = ip_network("2002::/16")


def are_public(addresses: Iterable[str]) -> bool:
    """Tell whether all addresses of a name are public; one that is not spoils the name.

    Args:
        addresses: as text.

    Returns:
        Whether there are any, and each of them is public.
    """
    judged = [is_public(address) for address in addresses]
    return bool(judged) and all(judged)


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public network, whatever is written inside it included.

    Args:
        address: as text; what is no address is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _SPECIAL_V4)
    )


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:  # where a network knows IPv6 only, its names lead here
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address in _6TO4 and not _is_public_v4(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)):
        return False
    return (
        address in _PUBLIC_V6
        and not (address.is_private or address.is_multicast or address.is_reserved)
        and address.scope_id is None
        and not any(address in network for network in _SPECIAL_V6)
    )
