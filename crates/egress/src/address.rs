//! Which addresses a program in the sandbox may reach: only ones that are globally reachable.
//!
//! Sources: the IANA special-purpose registries for [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry)
//! and [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry) (RFC 6890), and the metadata services of
//! the clouds. The standard library's `is_global` is unstable and knows nothing of the last.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::refusal::Refusal;

/// Addresses of one name that are looked at, at most. A name with more is refused: no honest one has them.
pub(crate) const MAX_ADDRESSES: usize = 64;

/// IPv4 ranges that are not somebody else's public server: first address, prefix length, what it is.
const V4: [([u8; 4], u32, &str); 17] = [
    ([0, 0, 0, 0], 8, "unspecified"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "shared by a provider's customers"),
    ([127, 0, 0, 0], 8, "this computer"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "reserved for protocols"),
    ([192, 0, 2, 0], 24, "for documentation"),
    ([192, 88, 99, 0], 24, "a 6to4 relay"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "for benchmarks"),
    ([198, 51, 100, 0], 24, "for documentation"),
    ([203, 0, 113, 0], 24, "for documentation"),
    // Azure's virtual machines reach their host under this public address.
    ([168, 63, 129, 16], 32, "a cloud's metadata service"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
    ([255, 255, 255, 255], 32, "broadcast"),
];

/// IPv6 ranges within 2000::/3 that are not somebody else's public server; what is outside it is refused as a whole.
const V6: [([u16; 8], u32, &str); 5] = [
    // Teredo, ORCHID, benchmarks and whatever protocols are given next.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "reserved for protocols"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "for documentation"),
    // Given up by RFC 7526; it would carry an IPv4 address past the table above.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "a 6to4 address"),
    ([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16, "given back"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "for documentation"),
];

/// Why an address is not globally reachable; `None` when it is.
pub(crate) fn not_global(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    let within = |first: [u8; 4], length: u32| (bits ^ u32::from_be_bytes(first)).leading_zeros() >= length;
    V4.iter()
        .find(|(first, length, _)| within(*first, *length))
        .map(|(.., what)| *what)
}

fn v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = u128::from(address);
    let within = |first: Ipv6Addr, length: u32| (bits ^ u128::from(first)).leading_zeros() >= length;
    let embedded = || Ipv4Addr::from(bits as u32);
    // Networks without IPv4 reach it through this prefix (RFC 6052): what counts is where that leads. The prefix for
    // local use (64:ff9b:1::/48) is outside 2000::/3.
    if within(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96) {
        return v4(embedded()).map(|_| "an address behind a translator that is not public");
    }
    if !within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) {
        return Some(match address {
            _ if address.is_loopback() => "this computer",
            _ if address.is_unspecified() => "unspecified",
            _ if address.is_multicast() => "multicast",
            _ if address.is_unicast_link_local() => "link-local",
            _ if address.is_unique_local() => "private",
            _ if address.to_ipv4_mapped().is_some() => "an IPv4 address in disguise",
            _ => "not public",
        });
    }
    if let Some((.., what)) = V6
        .iter()
        .find(|(first, length, _)| within(Ipv6Addr::from(*first), *length))
    {
        return Some(what);
    }
    // ISATAP (RFC 5214) interface ids hold an IPv4 address.
    if matches!((bits >> 32) as u32, 0x5efe | 0x0200_5efe) && v4(embedded()).is_some() {
        return Some("a tunnel to an address that is not public");
    }
    None
}

/// The addresses of a name, if it may be connected to: there is one, and *every* one is global. One that is not makes
/// the whole answer suspect: it is how a name is made to point inwards.
pub(crate) fn judge(host: &str, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, Refusal> {
    if addresses.is_empty() {
        return Err(Refusal::NoAddress { host: host.to_owned() });
    }
    if addresses.len() > MAX_ADDRESSES {
        return Err(Refusal::Address {
            host: host.to_owned(),
            what: "one of far too many",
        });
    }
    if let Some(what) = addresses.iter().find_map(|address| not_global(*address)) {
        return Err(Refusal::Address {
            host: host.to_owned(),
            what,
        });
    }
    Ok(addresses.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn global(text: &str) -> bool {
        not_global(text.parse().unwrap()).is_none()
    }

    #[test]
    fn every_class_that_is_not_global_is_refused() {
        // First and last of each range.
        for text in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.0.255",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.255",
            "168.63.129.16",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            "2002:7f00:1::1",
            "2002:0808:0808::1",
            "3ffe::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff:ffff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "5f00::1",
            "4000::1",
            "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:192.168.1.1",
        ] {
            assert!(!global(text), "{text} passed");
        }
    }

    #[test]
    fn neighbours_of_the_ranges_are_global() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.0.0",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "168.63.129.15",
            "8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2003::1",
            "2a00::1",
            "3ffd::1",
            "3fff:1000::1",
            "2606:4700::5efe:8.8.8.8",
        ] {
            assert!(global(text), "{text} was refused");
        }
    }

    #[test]
    fn one_bad_address_spoils_the_rest() {
        let good: IpAddr = "8.8.8.8".parse().unwrap();
        let bad: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(judge("a.example", &[good]).unwrap(), [good]);
        assert!(judge("a.example", &[good, bad]).is_err());
        assert!(judge("a.example", &[]).is_err());
        assert!(judge("a.example", &[good; MAX_ADDRESSES + 1]).is_err());
    }

    proptest! {
        /// Against the standard library's own, stable, predicates.
        #[test]
        fn agrees_with_the_standard_library_on_v4(bits: u32) {
            let address = Ipv4Addr::from(bits);
            if address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified()
            {
                prop_assert!(v4(address).is_some());
            }
            // However it is wrapped, what is refused stays refused.
            if v4(address).is_some() {
                for prefix in [[0_u16; 6], [0, 0, 0, 0, 0, 0xffff], [0x64, 0xff9b, 0, 0, 0, 0], [0x2002, 0, 0, 0, 0, 0],
                    [0x2a00, 0, 0, 0, 0, 0x5efe]]
                {
                    let high = prefix.iter().fold(0_u128, |sum, part| (sum << 16) | u128::from(*part));
                    prop_assert!(v6(Ipv6Addr::from((high << 32) | u128::from(bits))).is_some());
                }
            }
        }

        #[test]
        fn agrees_with_the_standard_library_on_v6(bits: u128) {
            let address = Ipv6Addr::from(bits);
            if address.is_loopback() || address.is_unspecified() || address.is_multicast()
                || address.is_unique_local() || address.is_unicast_link_local()
                || address.to_ipv4_mapped().is_some()
            {
                prop_assert!(v6(address).is_some());
            }
        }
    }
}
