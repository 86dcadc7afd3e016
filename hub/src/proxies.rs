//! Whose address counts. Behind a proxy every connection comes from the proxy, and what it says
//! about where a request came from is believed only of proxies that are known.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// A household or a phone has this much of an IPv6 address, and chooses the rest as it likes.
const HOUSEHOLD_BITS: u8 = 64;

/// Addresses that begin alike, like 10.0.0.0/8, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                differing.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                differing.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || format!("{text:?} is no address or network like 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        match bits.map_or(Ok(bits_max), str::parse) {
            Ok(bits) if bits <= bits_max => Ok(Network { address, bits }),
            _ => Err(wrong()),
        }
    }
}

/// From where a request came that `peer` sent: as the last known proxy saw it.
pub(crate) fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|it| it.contains(address));
    let mut origin = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    // Every proxy adds at the end whom it heard it from, so what is left of the first stranger
    // was written by that stranger.
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(origin) {
            break;
        }
        let Some(address) = parse(hop.trim()) else { break };
        origin = address.to_canonical();
    }
    origin
}

/// All addresses that one household may have, as one.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let mask = u128::MAX << (128 - HOUSEHOLD_BITS);
            Ipv6Addr::from(u128::from(address) & mask).into()
        }
    }
}

/// Some proxies add the port.
fn parse(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|it| it.ip());
    hop.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_strictly() {
        let is_in = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().contains(address.parse().unwrap())
        };
        assert!(is_in("10.0.0.0/8", "10.1.2.3") && !is_in("10.0.0.0/8", "11.0.0.0"));
        assert!(is_in("10.0.0.1", "10.0.0.1") && !is_in("10.0.0.1", "10.0.0.2"));
        assert!(is_in("0.0.0.0/0", "1.2.3.4") && !is_in("0.0.0.0/0", "::1"));
        assert!(is_in("fd00::/8", "fd12::1") && !is_in("fd00::/8", "fe00::1"));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "proxy"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_what_known_proxies_say_is_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let origin = |peer: &str, lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            super::origin(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(origin("1.1.1.1", &["2.2.2.2"]), "1.1.1.1", "a stranger says so");
        assert_eq!(origin("10.0.0.1", &["2.2.2.2"]), "2.2.2.2");
        assert_eq!(origin("::ffff:10.0.0.1", &["2.2.2.2:99"]), "2.2.2.2");
        assert_eq!(origin("10.0.0.1", &["9.9.9.9, 2.2.2.2, 10.0.0.7"]), "2.2.2.2");
        assert_eq!(origin("10.0.0.1", &["9.9.9.9", "2.2.2.2", "10.0.0.7"]), "2.2.2.2");
        assert_eq!(origin("10.0.0.1", &["2.2.2.2, unknown"]), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_household_cannot_pass_for_many() {
        let same = |one: &str, other: &str| {
            household(one.parse().unwrap()) == household(other.parse().unwrap())
        };
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("1.1.1.1", "1.1.1.2"));
    }
}
