//! Which network an address lies in. An IPv4 address is the IPv6 address that maps it.

use protocol::party::Network;
use std::net::IpAddr;

/// Whether an address lies in one of the networks.
pub(crate) fn hold(networks: &[Network], address: IpAddr) -> bool {
    let address = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let bits = address.to_bits();
    networks.iter().any(|network| {
        let mask = u128::MAX
            .checked_shl(128_u32.saturating_sub(network.prefix.into()))
            .unwrap_or(0);
        (bits ^ u128::from_be_bytes(network.address)) & mask == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scalar::read_network;

    #[test]
    fn an_address_lies_in_its_network_in_either_spelling() {
        let v4 = [read_network("10.1.2.0/24").unwrap()];
        let v6 = [read_network("2001:db8::/32").unwrap(), read_network("::1/128").unwrap()];
        for (networks, address, holds) in [
            (&v4[..], "10.1.2.255", true),
            (&v4[..], "::ffff:10.1.2.7", true),
            (&v4[..], "10.1.3.0", false),
            (&v4[..], "2001:db8::1", false),
            (&v6[..], "2001:db8:ffff::1", true),
            (&v6[..], "::1", true),
            (&v6[..], "::2", false),
            (&[], "192.0.2.1", false),
            (&[read_network("::/0").unwrap()], "192.0.2.1", true),
        ] {
            assert_eq!(
                hold(networks, address.parse().unwrap()),
                holds,
                "{address} in {networks:?}"
            );
        }
    }
}
