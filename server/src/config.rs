//! Settings: environment variables, all listed here and in `.env.example` (a test compares the two). A wrong
//! value stops the start with one clear sentence.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

/// Every variable that the program reads, with its default where it has one.
pub const SETTINGS: &[(&str, &str)] = &[
    ("DATABASE_URL", ""),
    ("BATON_ADDRESS", "127.0.0.1:8080"),
    ("BATON_PUBLIC_URL", ""),
    ("BATON_DEMO", "0"),
    ("BATON_GRAPH_URL", "https://graph.facebook.com/v25.0"),
    ("BATON_DATABASE_CONNECTIONS", "20"),
    ("BATON_SENDING", "1"),
    ("BATON_API_RATE", "600"),
    ("BATON_LOG", "info"),
];

/// The settings, read and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where Postgres is.
    pub database_url: String,
    /// Where to listen.
    pub address: SocketAddr,
    /// What browsers call it: scheme, host and port, no path.
    pub public_url: String,
    /// Whether this is a demo.
    pub demo: bool,
    /// The Graph API's address with its version; in demo mode the simulator's.
    pub graph_url: String,
    /// Connections to Postgres.
    pub connections: u32,
    /// Whether messages are sent; where not, they wait in the outbox.
    pub sending: bool,
    /// Calls that each key of the REST API may make in a minute.
    pub api_rate: NonZeroU32,
    /// What is logged, as in `RUST_LOG`.
    pub log: String,
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// One sentence that names the variable and what is wrong with it.
    pub fn from_env() -> Result<Self, String> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads settings from anywhere.
    ///
    /// # Errors
    /// One sentence that names the variable and what is wrong with it.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let value = |name: &str| {
            let default = SETTINGS.iter().find(|(known, _)| *known == name).map_or("", |(_, default)| *default);
            lookup(name).filter(|value| !value.trim().is_empty()).unwrap_or_else(|| default.to_owned())
        };
        let database_url = value("DATABASE_URL");
        if database_url.is_empty() {
            return Err(
                "DATABASE_URL is not set: Baton needs a Postgres database, like postgres://user:password@host/baton."
                    .into(),
            );
        }
        let address: SocketAddr = value("BATON_ADDRESS").parse().map_err(|_| {
            format!("BATON_ADDRESS is “{}”, which is no address like 127.0.0.1:8080.", value("BATON_ADDRESS"))
        })?;
        let demo = match value("BATON_DEMO").as_str() {
            "0" | "false" | "off" => false,
            "1" | "true" | "on" => true,
            other => return Err(format!("BATON_DEMO is “{other}”; it can be 0 or 1.")),
        };
        if demo && !address.ip().is_loopback() {
            return Err(format!(
                "BATON_DEMO listens on this machine only, but BATON_ADDRESS is {address}. Use 127.0.0.1, or switch the demo off."
            ));
        }
        let graph_url = if demo { simulated_graph(address) } else { value("BATON_GRAPH_URL") };
        if demo && lookup("BATON_GRAPH_URL").is_some_and(|url| !url.trim().is_empty() && !is_loopback_url(&url)) {
            return Err("BATON_DEMO never calls the real Graph API: leave BATON_GRAPH_URL unset.".into());
        }
        if !graph_url.starts_with("https://") && !is_loopback_url(&graph_url) {
            return Err(format!("BATON_GRAPH_URL is “{graph_url}”; access tokens travel over https only."));
        }
        let public_url = match value("BATON_PUBLIC_URL") {
            unset if unset.is_empty() => format!("http://{address}"),
            url => origin_of(&url).ok_or_else(|| {
                format!("BATON_PUBLIC_URL is “{url}”; it has to look like https://desk.example.com, without a path.")
            })?,
        };
        let connections = value("BATON_DATABASE_CONNECTIONS")
            .parse()
            .ok()
            .filter(|number| (2..=500).contains(number))
            .ok_or("BATON_DATABASE_CONNECTIONS is a number from 2 to 500.")?;
        let sending = match value("BATON_SENDING").as_str() {
            "0" | "false" | "off" => false,
            "1" | "true" | "on" => true,
            other => return Err(format!("BATON_SENDING is “{other}”; it can be 0 or 1.")),
        };
        let api_rate = value("BATON_API_RATE")
            .parse()
            .ok()
            .filter(|rate: &NonZeroU32| rate.get() <= 1_000_000)
            .ok_or("BATON_API_RATE is a number from 1 to 1000000.")?;
        Ok(Self {
            database_url,
            address,
            public_url,
            demo,
            graph_url: graph_url.trim_end_matches('/').to_owned(),
            connections,
            sending,
            api_rate,
            log: value("BATON_LOG"),
        })
    }

    /// Whether browsers come over TLS.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The simulator's Graph API, inside this very process.
pub fn simulated_graph(address: SocketAddr) -> String {
    format!("http://{address}/simulator/graph/v25.0")
}

fn is_loopback_url(url: &str) -> bool {
    url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).is_some_and(|host| {
        host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn origin_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let path_free = uri.path().is_empty() || uri.path() == "/";
    (path_free && uri.query().is_none()).then_some(())?;
    Some(format!("{scheme}://{}", uri.authority()?))
}

#[cfg(test)]
mod tests {
    use super::{Config, SETTINGS};

    fn with(pairs: &[(&str, &str)]) -> Result<Config, String> {
        Config::read(|name| {
            pairs
                .iter()
                .chain(&[("DATABASE_URL", "postgres:///x")])
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_example_file_lists_every_setting_with_its_default() {
        let example = include_str!("../../.env.example");
        for (name, default) in SETTINGS {
            let line = format!("#{name}={default}");
            assert!(example.lines().any(|found| found == line), "{line} is missing in .env.example");
        }
        for line in
            example.lines().filter(|line| line.starts_with('#') && line.contains('=') && !line.starts_with("# "))
        {
            let name = line[1..].split('=').next().unwrap_or_default();
            let by_scripts = example.split("## For `make` only").nth(1).is_some_and(|rest| rest.contains(line));
            assert!(
                by_scripts || SETTINGS.iter().any(|(known, _)| *known == name),
                "{name} is listed but nobody reads it"
            );
        }
    }

    #[test]
    fn wrong_values_are_named() {
        for (name, value) in [
            ("BATON_ADDRESS", "8080"),
            ("BATON_DEMO", "perhaps"),
            ("BATON_PUBLIC_URL", "https://a.example/path"),
            ("BATON_GRAPH_URL", "http://graph.example"),
            ("BATON_DATABASE_CONNECTIONS", "1"),
        ] {
            let said = with(&[(name, value)]).expect_err("a wrong value is refused");
            assert!(said.contains(name), "{said}");
        }
        assert!(Config::read(|_| None).expect_err("no database").contains("DATABASE_URL"));
    }

    #[test]
    fn a_demo_stays_on_this_machine() {
        assert!(with(&[("BATON_DEMO", "1"), ("BATON_ADDRESS", "0.0.0.0:80")]).is_err());
        assert!(with(&[("BATON_DEMO", "1"), ("BATON_GRAPH_URL", "https://graph.facebook.com/v25.0")]).is_err());
        let demo = with(&[("BATON_DEMO", "1")]).expect("loopback is fine");
        assert!(demo.graph_url.starts_with("http://127.0.0.1:8080/simulator/"));
    }
}
