//! URLs that are read, URLs that are refused, and passwords with anything in them.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::url::{Address, Endpoint, Roots, SslMode, parse};
use crate::redact::Secret;

fn read(url: &str) -> Address {
    match parse(url) {
        Ok(address) => address,
        Err(error) => panic!("{url}: {error}"),
    }
}

/// What everybody takes: host, port, user, password, database.
fn basics(url: &str) -> (String, u16, String, String, String) {
    let address = read(url);
    let place = match &address.place {
        Endpoint::Host(name) => name.clone(),
        Endpoint::Socket(folder) => folder.display().to_string(),
    };
    let password = address.password.as_ref().map_or("", Secret::expose).to_owned();
    (place, address.port, address.user, password, address.database)
}

#[test]
fn the_pieces_are_found() {
    let all = [
        ("postgresql://u:p@h:6543/d", ("h", 6543, "u", "p", "d")),
        ("postgres://u:p@h/d?schema=app", ("h", 5432, "u", "p", "d")),
        // Without a database it is the user's, without a password there is none.
        ("postgresql://u@h", ("h", 5432, "u", "", "u")),
        ("postgresql://u:@h/", ("h", 5432, "u", "", "u")),
        ("postgresql://u:p@[::1]:5433/d", ("::1", 5433, "u", "p", "d")),
        ("postgresql://u%40x:p%3A%2F@h/d%20e", ("h", 5432, "u@x", "p:/", "d e")),
        // Prisma's sockets and libpq's.
        (
            "postgresql://u:p@localhost/d?host=/var/run/postgresql",
            ("/var/run/postgresql", 5432, "u", "p", "d"),
        ),
        ("postgresql://u:p@%2Ftmp%2Fpg:5433/d", ("/tmp/pg", 5433, "u", "p", "d")),
        ("postgresql:///d?user=u&password=p&host=h&port=5434", ("h", 5434, "u", "p", "d")),
        // What separates the pieces, in a password.
        ("postgresql://u:p@ss@h/d", ("h", 5432, "u", "p@ss", "d")),
        ("postgresql://u:a@ # % = + / : b@h:5433/d?schema=public", ("h", 5433, "u", "a@ # % = + / : b", "d")),
        ("postgresql://u:12#34@h/d", ("h", 5432, "u", "12#34", "d")),
        ("postgresql://u:12/34@h/d", ("h", 5432, "u", "12/34", "d")),
        ("postgresql://u:12?34@h/d", ("h", 5432, "u", "12?34", "d")),
        ("postgresql://u:p:q@h/d", ("h", 5432, "u", "p:q", "d")),
        ("postgresql://u:100%@h/d", ("h", 5432, "u", "100%", "d")),
        ("postgresql://u:a+b%2Bc@h/d", ("h", 5432, "u", "a+b+c", "d")),
        ("postgresql://u:p@ss/x?y=1@h:5433/d", ("h", 5433, "u", "p@ss/x?y=1", "d")),
        // An `@` where it belongs to nobody's password.
        ("postgresql://u:p@h/d?application_name=a@b", ("h", 5432, "u", "p", "d")),
        ("postgresql://u:p@h/d?unheard_of=1", ("h", 5432, "u", "p", "d")),
        ("postgresql://u:p@h/d#fragment", ("h", 5432, "u", "p", "d")),
    ];
    for (url, (host, port, user, password, database)) in all {
        let expected = (host.into(), port, user.into(), password.into(), database.into());
        assert_eq!(basics(url), expected, "{url}");
    }
}

#[test]
fn parameters_mean_what_libpq_and_prisma_mean() {
    let url = "postgresql://u:p@h/d?schema=app&connection_limit=5&pgbouncer=true&pool_timeout=0&sslmode=verify-full\
               &sslrootcert=/etc/ca.pem&connect_timeout=3&channel_binding=require&statement_cache_size=0&new=1&new=2";
    let address = read(url);
    assert_eq!(address.schema.as_deref(), Some("app"));
    assert_eq!(address.mode, SslMode::VerifyFull);
    assert_eq!(address.roots, Roots::File("/etc/ca.pem".into()));
    assert_eq!(address.connect_timeout, Some(Duration::from_secs(3)));
    assert!(address.channel_binding);
    assert_eq!(address.ignored, ["connection_limit", "pool_timeout", "statement_cache_size", "new"]);
    // No time is no limit, as everywhere.
    assert_eq!(read("postgresql://u@h?connect_timeout=0").connect_timeout, None);
}

#[test]
fn the_stricter_of_two_wishes_counts() {
    let modes = [
        ("", SslMode::Prefer),
        ("sslmode=disable", SslMode::Disable),
        ("sslmode=allow", SslMode::Allow),
        ("sslmode=require", SslMode::Require),
        ("sslmode=no-verify", SslMode::Require),
        ("sslmode=verify-ca", SslMode::VerifyCa),
        ("sslaccept=strict", SslMode::VerifyFull),
        ("sslmode=require&sslaccept=strict", SslMode::VerifyFull),
        ("sslmode=verify-full&sslaccept=accept_invalid_certs", SslMode::VerifyFull),
        ("sslmode=require&sslaccept=accept_invalid_certs", SslMode::Require),
        // Who names an authority means it.
        ("sslmode=require&sslrootcert=ca.pem", SslMode::VerifyCa),
        ("sslmode=require&sslcert=ca.pem", SslMode::VerifyCa),
        ("sslrootcert=system", SslMode::VerifyFull),
        ("sslmode=require&sslnegotiation=direct", SslMode::Require),
    ];
    for (query, mode) in modes {
        assert_eq!(read(&format!("postgresql://u:p@h/d?{query}")).mode, mode, "{query}");
    }
    // With a key it is libpq's certificate of the client.
    let client = read("postgresql://u:p@h/d?sslcert=me.pem&sslkey=me.key");
    assert_eq!(
        (client.roots, client.ignored),
        (Roots::System, vec!["sslkey".to_owned(), "sslcert".to_owned()])
    );
}

#[test]
fn what_cannot_be_read_is_said_without_a_piece_of_it() {
    let all = [
        ("", "postgresql://"),
        ("mysql://u:hunter2@h/d", "postgresql://"),
        ("prisma+postgres://accelerate.prisma-data.net/?api_key=hunter2", "proxy"),
        ("postgresql://u:hunter2@h:port/d", "USER:PASSWORD@HOST"),
        ("postgresql://u:hunter2@h:99999/d", "USER:PASSWORD@HOST"),
        ("postgresql://u:hunter2@h1,h2/d", "several hosts"),
        ("postgresql://u:hunter2@h/d?sslmode=strict", "sslmode= must be one of"),
        ("postgresql://u:hunter2@h/d?sslaccept=yes", "sslaccept="),
        ("postgresql://u:hunter2@h/d?connect_timeout=hunter2", "connect_timeout= must be"),
        ("postgresql://u:hunter2@h/d?hostaddr=hunter2", "hostaddr="),
        ("postgresql://u:hunter2@h/d?sslnegotiation=direct", "sslnegotiation"),
        ("postgresql://:hunter2@h/d", "no user"),
        ("postgresql://h/d", "no user"),
        ("postgresql://u:hunter2@h/d%00", "NUL"),
        // Two passwords could be meant.
        ("postgresql://u:/@b?schema=hunter2@h/d", "more than one way"),
    ];
    for (url, expected) in all {
        let Err(error) = parse(url) else { panic!("{url} was read") };
        let said = error.to_string();
        assert!(said.contains(expected), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

proptest! {
    /// Percent-encoded, any password is read as it is.
    #[test]
    fn encoded_passwords_are_read(password in "\\PC{1,30}", host in "[a-z][a-z0-9.-]{0,10}") {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        let url = format!("postgresql://app:{encoded}@{host}:6543/shop?schema=public");
        let (found, _, user, read, database) = basics(&url);
        prop_assert_eq!((found, user, read, database), (host, "app".to_owned(), password, "shop".to_owned()));
    }

    /// As it is, a password is read or refused, and never read as something else; only `%` and two digits
    /// stand for another character.
    #[test]
    fn raw_passwords_are_read_or_refused(password in "[a-z0-9@#=+/:? !$&.]{1,20}") {
        let url = format!("postgresql://app:{password}@db.example.org:6543/shop?schema=public");
        match parse(&url) {
            Ok(address) => {
                prop_assert_eq!(address.password.as_ref().map(Secret::expose), Some(password.as_str()));
                prop_assert_eq!(address.place, Endpoint::Host("db.example.org".to_owned()));
                prop_assert_eq!(address.database, "shop");
            }
            Err(error) => prop_assert!(password.matches('@').count() > 0, "{}", error),
        }
    }

    /// Nothing makes it panic, and no error repeats what it was given.
    #[test]
    fn anything_is_read_or_refused(rest in "\\PC{0,60}") {
        for scheme in ["postgresql://", "postgres://u:secret-word@", ""] {
            if let Err(error) = parse(&format!("{scheme}{rest}")) {
                prop_assert!(!error.to_string().contains("secret-word"));
            }
        }
    }
}
