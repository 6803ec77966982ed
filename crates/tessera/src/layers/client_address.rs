//! Whose address a request comes from, when proxies may stand in between.

use std::net::IpAddr;
use std::sync::Once;

use http::HeaderMap;
use ipnet::IpNet;

/// Finds the client's address; believes `X-Forwarded-For` only as far as trusted proxies wrote it.
#[derive(Debug)]
pub(crate) struct ClientAddresses {
    trusted_proxies: Vec<IpNet>,
    /// Said once: a forgotten proxy makes all of its clients one, and strangers send the header too.
    distrust: Once,
}

impl ClientAddresses {
    /// Trusts what proxies within these networks forward; with none, the peer is the client.
    pub(crate) fn new(trusted_proxies: Vec<IpNet>) -> Self {
        Self { trusted_proxies, distrust: Once::new() }
    }

    /// The address of the client whose request arrived from `peer` with these headers.
    ///
    /// Each proxy appends the address it was called from, so the list is walked from its right
    /// end, and the first address that is no trusted proxy is the client: what stands left of it,
    /// the client may have written. An entry that is no address ends the walk at the proxy that
    /// reported it.
    pub(crate) fn find(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.is_trusted(client) {
            if headers.contains_key("x-forwarded-for") {
                self.distrust.call_once(|| {
                    tracing::warn!(
                        peer = %client,
                        "X-Forwarded-For is not believed: who sends it is not in TESSERA_TRUSTED_PROXIES"
                    );
                });
            }
            return client;
        }
        for value in headers.get_all("x-forwarded-for").iter().rev() {
            let Ok(value) = value.to_str() else { return client };
            for hop in value.rsplit(',') {
                let Some(address) = parse_hop(hop.trim()) else { return client };
                client = address;
                if !self.is_trusted(client) {
                    return client;
                }
            }
        }
        client
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: bare, with a port, or in brackets; IPv4-mapped ones are folded.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = || hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n9_the_client_is_the_last_address_that_no_trusted_proxy_has() {
        let one: &[&str] = &["10.0.0.0/8"];
        let two: &[&str] = &["10.0.0.0/8", "2001:db8::/32", "127.0.0.1/32"];
        // Trusted networks, peer, X-Forwarded-For headers in order, and the client's address.
        let table: &[(&[&str], &str, &[&str], &str)] = &[
            // Nobody is trusted: the header counts for nothing.
            (&[], "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            (&[], "10.0.0.1", &["198.51.100.1"], "10.0.0.1"),
            // A peer outside the networks may write what it likes.
            (one, "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            // One proxy, one hop; without a header the proxy itself asks.
            (one, "10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            (one, "10.0.0.1", &[], "10.0.0.1"),
            // What the client wrote itself stands further left and changes nothing.
            (one, "10.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            (one, "10.0.0.1", &["10.9.9.9, 198.51.100.1"], "198.51.100.1"),
            (one, "10.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            // Several trusted hops, in one header or in several.
            (one, "10.0.0.1", &["198.51.100.1, 10.0.0.7, 10.0.0.8"], "198.51.100.1"),
            (one, "10.0.0.1", &["198.51.100.1", "10.0.0.7,10.0.0.8"], "198.51.100.1"),
            // Everyone in the list is trusted: the farthest one asks.
            (one, "10.0.0.1", &["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
            // What is no address ends the walk at who reported it.
            (one, "10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            (one, "10.0.0.1", &["unknown, 10.0.0.8"], "10.0.0.8"),
            (one, "10.0.0.1", &[""], "10.0.0.1"),
            (one, "10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            // IPv6, brackets, ports, and IPv4 written as IPv6.
            (two, "2001:db8::1", &["2001:db9::5"], "2001:db9::5"),
            (two, "2001:db8::1", &["[2001:db9::5]"], "2001:db9::5"),
            (two, "2001:db8::1", &["[2001:db9::5]:4711"], "2001:db9::5"),
            (two, "10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            (two, "::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            (two, "::ffff:203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            (two, "127.0.0.1", &["198.51.100.1, 2001:db8::7"], "198.51.100.1"),
        ];
        for (networks, peer, forwarded, client) in table {
            let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
            let mut headers = HeaderMap::new();
            for value in *forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let found = ClientAddresses::new(networks).find(peer.parse().unwrap(), &headers);
            assert_eq!(found.to_string(), *client, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_header_that_is_not_text_ends_the_walk() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "198.51.100.1".parse().unwrap());
        headers.append("x-forwarded-for", http::HeaderValue::from_bytes(b"\xff").unwrap());
        let clients = ClientAddresses::new(vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(clients.find([10, 0, 0, 1].into(), &headers).to_string(), "10.0.0.1");
    }
}
