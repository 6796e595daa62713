//! Proxies in front: which are trusted, and whose address a request comes from through them.
//!
//! What always holds: nobody chooses its own address. A header is read where a trusted proxy wrote it alone, from its
//! right end, which that proxy wrote, to the first address that is no trusted proxy; what stands left of that is
//! hearsay. Limits and the networks of keys go by that address.

use super::networks;
use crate::server::{
    config::ForwardedHeader,
    said::problem::{Fault, Problem},
};
use axum::http::HeaderMap;
use protocol::party::Network;
use std::net::{IpAddr, SocketAddr};

/// The proxies that are trusted.
pub(crate) struct Proxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
}

/// An address on the way of a request; none where whoever forwarded it tells nothing that can be read.
type Hop = Option<IpAddr>;

impl Proxies {
    pub(crate) fn new(networks: Vec<Network>, header: ForwardedHeader) -> Self {
        Self { networks, header }
    }

    /// Whether this address is a trusted proxy's.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        networks::hold(&self.networks, address)
    }

    /// The address of the client whose request came from `peer` with these headers.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Problem> {
        if !self.trust(peer) {
            return Ok(peer);
        }
        // A quote that does not close swallows what the proxy wrote behind it.
        let open =
            |line: &axum::http::HeaderValue| line.as_bytes().iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        if self.header != ForwardedHeader::XForwardedFor && headers.get_all("forwarded").iter().any(open) {
            return Err(Problem::from(Fault::BadRequest).hint("a quote in Forwarded does not close"));
        }
        let by = |name: &'static str, read: fn(&str) -> Vec<Hop>| {
            let mut lines = headers.get_all(name).iter().peekable();
            lines.peek()?;
            let hops = lines.flat_map(|line| line.to_str().map_or_else(|_| vec![None], read));
            Some(self.last_untrusted(peer, &hops.collect::<Vec<_>>()))
        };
        let forwarded = || by("forwarded", forwarded);
        let x_forwarded_for = || by("x-forwarded-for", x_forwarded_for);
        let client = match self.header {
            ForwardedHeader::Forwarded => forwarded(),
            ForwardedHeader::XForwardedFor => x_forwarded_for(),
            ForwardedHeader::Either => match (forwarded(), x_forwarded_for()) {
                // A proxy that writes one of them passes the other on as its client wrote it.
                (Some(one), Some(other)) if one != other => {
                    let hint = "Forwarded and X-Forwarded-For name different clients; forwarded_header says which one";
                    return Err(Problem::from(Fault::BadRequest).hint(hint));
                }
                (one, other) => one.or(other),
            },
        };
        Ok(client.unwrap_or(peer))
    }

    /// The rightmost address that is no trusted proxy; the leftmost proxy where it tells of no other.
    fn last_untrusted(&self, peer: IpAddr, hops: &[Hop]) -> IpAddr {
        let mut client = peer;
        for hop in hops.iter().rev() {
            match hop {
                Some(address) if self.trust(client) => client = address.to_canonical(),
                _ => break,
            }
        }
        client
    }
}

/// The addresses of `X-Forwarded-For`: with or without a port, with or without brackets.
fn x_forwarded_for(line: &str) -> Vec<Hop> {
    line.split(',').map(|part| address(part.trim())).collect()
}

/// The addresses of `Forwarded` (RFC 7239): the `for` of each element.
fn forwarded(line: &str) -> Vec<Hop> {
    let node = |element: &str| {
        let pairs = split(element, ';').into_iter();
        let mut named = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().to_owned())
        });
        let value = named.next()?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        address(quoted.unwrap_or(&value))
    };
    split(line, ',').into_iter().map(|element| node(&element)).collect()
}

/// The parts of a text between these separators that stand outside of quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for letter in text.chars() {
        quoted ^= letter == '"';
        if letter == separator && !quoted {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("there is one").push(letter);
        }
    }
    parts
}

/// An address as proxies write it.
fn address(text: &str) -> Hop {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scalar::read_network;
    use axum::http::HeaderValue;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> Result<String, &'static str> {
        let trusted = ["10.0.0.0/8", "2001:db8:1::/48"].map(|text| read_network(text).unwrap());
        let proxies = Proxies::new(trusted.to_vec(), header);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let found = proxies.client(peer.parse().unwrap(), &headers);
        found
            .map(|address| address.to_string())
            .map_err(|problem| problem.code())
    }

    #[test]
    fn the_client_is_the_rightmost_address_that_no_trusted_proxy_has() {
        for (peer, lines, expected) in [
            // Nobody else is believed.
            ("192.0.2.1", &[("x-forwarded-for", "203.0.113.9")][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            // What the client wrote itself stands further left.
            (
                "10.0.0.1",
                &[("x-forwarded-for", "10.9.9.9, 203.0.113.9")],
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7,203.0.113.9, 10.0.0.2")],
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "203.0.113.9")],
                "203.0.113.9",
            ),
            (
                "::ffff:10.0.0.1",
                &[("x-forwarded-for", "::ffff:203.0.113.9")],
                "203.0.113.9",
            ),
            // Ports and brackets.
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.9:4711")], "203.0.113.9"),
            ("10.0.0.1", &[("x-forwarded-for", "[2001:db8::9]:4711")], "2001:db8::9"),
            ("10.0.0.1", &[("x-forwarded-for", "2001:db8::9")], "2001:db8::9"),
            ("2001:db8:1::5", &[("x-forwarded-for", "[2001:db8::9]")], "2001:db8::9"),
            // RFC 7239.
            (
                "10.0.0.1",
                &[("forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1")],
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                &[("forwarded", "for=198.51.100.7, For=\"[2001:db8::9]:4711\"")],
                "2001:db8::9",
            ),
            (
                "10.0.0.1",
                &[("forwarded", "for=203.0.113.9;ext=\"a,for=10.0.0.7;b\"")],
                "203.0.113.9",
            ),
            // Who tells nothing of its client is the client.
            ("10.0.0.1", &[("forwarded", "for=203.0.113.9, for=unknown")], "10.0.0.1"),
            (
                "10.0.0.1",
                &[("forwarded", "for=203.0.113.9, for=_hidden, for=10.0.0.2")],
                "10.0.0.2",
            ),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.9, nobody")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "")], "10.0.0.1"),
            // All of them are trusted.
            ("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
        ] {
            let found = client(ForwardedHeader::Either, peer, lines);
            assert_eq!(found.as_deref(), Ok(expected), "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_header_that_the_proxy_passes_on_as_it_came_is_not_believed() {
        let both = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(client(ForwardedHeader::Either, "10.0.0.1", &both), Err("BAD_REQUEST"));
        let one = client(ForwardedHeader::XForwardedFor, "10.0.0.1", &both);
        assert_eq!(one.as_deref(), Ok("203.0.113.9"));
        let other = client(ForwardedHeader::Forwarded, "10.0.0.1", &both);
        assert_eq!(other.as_deref(), Ok("198.51.100.7"));
        let agreed = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(
            client(ForwardedHeader::Either, "10.0.0.1", &agreed).as_deref(),
            Ok("203.0.113.9")
        );
        let none = client(ForwardedHeader::Forwarded, "10.0.0.1", &both[..1]);
        assert_eq!(none.as_deref(), Ok("10.0.0.1"));
    }

    #[test]
    fn a_quote_that_does_not_close_hides_no_address() {
        for line in ["for=10.5.5.5;x=\", for=203.0.113.9", "for=\""] {
            let found = client(ForwardedHeader::Forwarded, "10.0.0.1", &[("forwarded", line)]);
            assert_eq!(found, Err("BAD_REQUEST"), "{line}");
        }
    }
}
