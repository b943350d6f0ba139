//! TLS is as strict as the option says. The test servers have a certificate by an authority of their own for the name
//! `localhost`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::open;
use super::server::{Database, Kind};

#[tokio::test]
async fn modes() {
    let Ok(folder) = std::env::var("ONEFOLD_TEST_DATABASES") else {
        eprintln!("skipped: ONEFOLD_TEST_DATABASES is not set");
        return;
    };
    let ca = format!("{folder}/ca.pem");
    for kind in [Kind::Postgres, Kind::Mysql] {
        let Some(url) = kind.url() else { continue };
        let by_name = url.replace("127.0.0.1", "localhost");
        let works = async |url: &str, options: &[(&str, &str)]| {
            let options = [&[("url", url)], options].concat();
            open(kind.name(), &options).await?.tables().await.map(drop)
        };
        for mode in ["disable", "prefer", "require"] {
            works(&url, &[("tls", mode)]).await.unwrap();
        }
        works(&by_name, &[("tls", "verify_full"), ("tls_ca", &ca)]).await.unwrap();
        if kind == Kind::Postgres {
            works(&url, &[("tls", "verify_ca"), ("tls_ca", &ca)]).await.unwrap();
        }
        for (url, options) in [
            // The name is another.
            (&url, &[("tls", "verify_full"), ("tls_ca", ca.as_str())][..]),
            // The authority is not known here.
            (&by_name, &[("tls", "verify_full")]),
        ] {
            let error = works(url, options).await.unwrap_err().to_string();
            assert!(error.contains("certificate") && error.contains("tls_ca"), "{options:?}: {error}");
        }
        let error = works(&url, &[("tls", "verify_full"), ("tls_ca", "missing.pem")]).await.unwrap_err();
        assert!(error.to_string().contains("option tls_ca: "), "{error}");
    }
}

/// A login that a certificate proves.
#[tokio::test]
async fn certificates_of_clients() {
    let Ok(folder) = std::env::var("ONEFOLD_TEST_DATABASES") else { return };
    let [ca, certificate, key, other] =
        ["ca.pem", "client.pem", "client.key", "server.key"].map(|name| format!("{folder}/{name}"));
    for kind in [Kind::Postgres, Kind::Mysql] {
        let setup = match kind {
            Kind::Postgres => "DROP ROLE IF EXISTS certified; CREATE ROLE certified LOGIN",
            _ => {
                "CREATE OR REPLACE USER certified@'%' REQUIRE X509;
                GRANT SELECT ON *.* TO certified@'%'"
            }
        };
        let Some(database) = Database::new(kind, setup).await else { continue };
        let url = database.url.replace("127.0.0.1", "localhost").replace("onefold:secret", "certified");
        let works = async |options: &[(&str, &str)]| {
            let always = [("url", url.as_str()), ("tls", "verify_full"), ("tls_ca", &ca)];
            open(kind.name(), &[&always, options].concat()).await?.tables().await.map(drop)
        };
        works(&[("tls_certificate", &certificate), ("tls_key", &key)]).await.unwrap();
        let error = works(&[]).await.unwrap_err().to_string();
        assert!(error.contains("check user and password"), "{error}");
        let error = works(&[("tls_certificate", &certificate), ("tls_key", "none.key")]).await.unwrap_err();
        assert!(error.to_string().contains("option tls_key: "), "{error}");
        if kind == Kind::Postgres {
            let error = works(&[("tls_certificate", &certificate), ("tls_key", &other)]).await.unwrap_err();
            assert!(error.to_string().contains("is the key of tls_certificate"), "{error}");
        }
    }
}

/// What was sent is encrypted: the server says so.
#[tokio::test]
async fn the_server_agrees() {
    let Some(url) = Kind::Postgres.url() else { return };
    let setup = "CREATE VIEW mine AS SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let database = Database::new(Kind::Postgres, setup).await.unwrap();
    for (mode, expected) in [("disable", "false"), ("prefer", "true"), ("require", "true")] {
        let source =
            open("postgres", &[("url", &url), ("schemas", &database.name), ("tls", mode)]).await.unwrap();
        assert_eq!(super::rows(&source, "SELECT ssl FROM mine").await.unwrap(), [expected]);
    }
}

/// A server that has no TLS is read without it if that may be.
#[tokio::test]
async fn a_server_without_tls() {
    let Some(url) = Kind::Postgres.url() else { return };
    let (before, after) = url.rsplit_once('@').unwrap();
    let (server, database) = after.split_once('/').unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = tokio::net::TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move {
                let mut first = [0; 8];
                client.read_exact(&mut first).await.unwrap();
                // Whoever asks for TLS gets a no.
                match first == [0, 0, 0, 8, 4, 210, 22, 47] {
                    true => client.write_all(b"N").await.unwrap(),
                    false => server.write_all(&first).await.unwrap(),
                }
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let url = format!("{before}@{address}/{database}");
    let tables = async |mode: &str| open("postgres", &[("url", &url), ("tls", mode)]).await?.tables().await;
    tables("disable").await.unwrap();
    tables("prefer").await.unwrap();
    let error = tables("require").await.unwrap_err().to_string();
    assert!(error.contains("server does not support TLS\n  hint: turn TLS on at the server"), "{error}");
}
