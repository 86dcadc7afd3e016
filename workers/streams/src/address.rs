//! Where Redis is, as `REDIS_URL` says it: one node, or some of a cluster. Knows how a connection
//! is secured; a password is never shown.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, ProtocolVersion,
    RedisError, RedisResult, TlsCertificates,
};

/// After how long without an acknowledgement the kernel gives a connection up: a node that
/// vanished says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// Where Redis is, and how one talks to any of its nodes.
pub(crate) struct Address {
    /// What all nodes share: user, password, encryption. And where the first of those named is.
    first: ConnectionInfo,
    /// `host:port` of those that were named.
    named: Vec<String>,
    is_cluster: bool,
    /// Whom certificates have to be signed by, if not by somebody whom this machine trusts.
    ca: Option<Arc<[u8]>>,
}

impl Address {
    /// Reads `REDIS_URL`: one address, or several with commas between them, of a cluster. A comma
    /// behind a single one means a cluster, too. Addresses after the first may be `host:port`.
    pub(crate) fn parse(text: &str, ca: Option<&Path>) -> RedisResult<Address> {
        let mut parts = text.split(',').map(str::trim);
        let first = settled(parts.next().unwrap_or_default().into_connection_info()?);
        let is_cluster = text.contains(',');
        if is_cluster && first.redis_settings().db() != 0 {
            return Err(unfit("a cluster has no other database than 0"));
        }
        let mut named = vec![place(first.addr())?];
        for part in parts.filter(|part| !part.is_empty()) {
            named.push(match part.contains("://") {
                true => place(part.into_connection_info()?.addr())?,
                false => part.to_owned(),
            });
        }
        let ca = ca.map(std::fs::read).transpose()?.map(Arc::from);
        Ok(Address { first, named, is_cluster, ca })
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    /// `host:port` of every node that was named.
    pub(crate) fn named(&self) -> &[String] {
        &self.named
    }

    /// How connections to one node are made.
    pub(crate) fn client(&self, node: &str) -> RedisResult<Client> {
        let info = match self.first.addr() {
            ConnectionAddr::Unix(_) => self.first.clone(),
            addr => self.first.clone().set_addr(at(addr, node)?),
        };
        if !matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            return Client::open(info);
        }
        // Whoever was first has chosen the same.
        _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let root_cert = self.ca.as_ref().map(|pem| pem.to_vec());
        Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert })
    }
}

fn settled(info: ConnectionInfo) -> ConnectionInfo {
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(SILENCE_MAX);
    info.set_redis_settings(redis).set_tcp_settings(tcp)
}

/// `host:port`, or the path of a socket.
fn place(addr: &ConnectionAddr) -> RedisResult<String> {
    match addr {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            Ok(format!("{host}:{port}"))
        }
        ConnectionAddr::Unix(path) => Ok(path.display().to_string()),
        _ => Err(unfit("an unknown kind of address")),
    }
}

/// The same way to another node.
fn at(addr: &ConnectionAddr, node: &str) -> RedisResult<ConnectionAddr> {
    let there = node.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    // An IPv6 address stands in brackets in a URL and not in a slot map.
    let (there, port) = there.ok_or_else(|| unfit("a node is not host:port"))?;
    let there = there.trim_start_matches('[').trim_end_matches(']').to_owned();
    match addr.clone() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            Ok(ConnectionAddr::TcpTls { host: there, port, insecure, tls_params })
        }
        _ => Ok(ConnectionAddr::Tcp(there, port)),
    }
}

fn unfit(why: &'static str) -> RedisError {
    (ErrorKind::InvalidClientConfig, why).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Address {
        Address::parse(text, None).expect("an address")
    }

    #[test]
    fn several_nodes_or_a_comma_mean_a_cluster() {
        assert!(!parse("redis://a:1").is_cluster());
        assert!(parse("redis://a:1,").is_cluster());
        let cluster = parse("redis://u:p@a:1, redis://u:p@b:2,c:3");
        assert!(cluster.is_cluster());
        assert_eq!(cluster.named(), ["a:1", "b:2", "c:3"]);
        assert!(Address::parse("redis://a:1/2,b:1", None).is_err());
    }

    #[test]
    fn every_node_is_reached_in_the_same_way() {
        let client = parse("rediss://u:p@a:1,").client("::1:7").expect("a way to a node");
        let info = client.get_connection_info();
        assert!(matches!(
            info.addr(),
            ConnectionAddr::TcpTls { host, port: 7, insecure: false, .. } if host == "::1"
        ));
        assert_eq!(info.redis_settings().username(), Some("u"));
        assert_eq!(info.redis_settings().password(), Some("p"));
    }

    #[test]
    fn passwords_are_not_shown() {
        let error = Address::parse("redis://u:hunter2@a:b,c:1", None).err().expect("no port");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
