//! SCRAM-SHA-256 (RFC 5802, RFC 7677): passwords are kept as verifiers, from which a password cannot be had again and
//! with which nobody can log in.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result};

/// Rounds of the key derivation of new verifiers; what RFC 7677 asks for and PostgreSQL uses.
const ITERATIONS: u32 = 4096;

/// The name of the mechanism, which begins a stored verifier, too.
pub const MECHANISM: &str = "SCRAM-SHA-256";

/// The bytes of a SHA-256 digest.
type Key = [u8; 32];

/// What is kept of a password. `Display` gives the text that PostgreSQL stores in `pg_authid`.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Key,
    server_key: Key,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl Verifier {
    /// The verifier of a password, with a salt of its own.
    pub fn of(password: &str) -> Self {
        Self::salted(password, rand::random::<[u8; 16]>().to_vec(), ITERATIONS)
    }

    /// A verifier that no password has, always the same for one name: who asks for a user that does not exist learns
    /// nothing from the answer.
    pub fn of_nobody(name: &str, secret: &[u8]) -> Self {
        let salt = hmac(secret, name.as_bytes())[..16].to_vec();
        let unknown = rand::random::<Key>();
        Self { iterations: ITERATIONS, salt, stored_key: unknown, server_key: unknown }
    }

    fn salted(password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        let salted = derive(&prepared(password), &salt, iterations);
        let stored_key = Sha256::digest(hmac(&salted, b"Client Key")).into();
        Self { iterations, salt, stored_key, server_key: hmac(&salted, b"Server Key") }
    }

    /// Reads the text of a verifier; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (iterations, rest) = text.strip_prefix(MECHANISM)?.strip_prefix('$')?.split_once(':')?;
        let (salt, keys) = rest.split_once('$')?;
        let (stored, server) = keys.split_once(':')?;
        let key = |text: &str| BASE64_STANDARD.decode(text).ok().and_then(|k| Key::try_from(k).ok());
        Some(Self {
            iterations: iterations.parse().ok().filter(|n| (1..=10_000_000).contains(n))?,
            salt: BASE64_STANDARD.decode(salt).ok()?,
            stored_key: key(stored)?,
            server_key: key(server)?,
        })
    }

    /// Whether it is the verifier of this password.
    pub fn accepts(&self, password: &str) -> bool {
        let other = Self::salted(password, self.salt.clone(), self.iterations);
        same(&other.stored_key, &self.stored_key)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let (salt, stored, server) = (text(&self.salt), text(&self.stored_key), text(&self.server_key));
        write!(f, "{MECHANISM}${}:{salt}${stored}:{server}", self.iterations)
    }
}

/// The server's side of one login, between its two messages.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    header: String,
    first_bare: String,
    server_first: String,
    nonce: String,
}

impl Exchange {
    /// Answers the client's first message.
    ///
    /// # Errors
    /// If the message is not one of SCRAM without channel binding.
    pub fn begin(client_first: &str, verifier: Verifier) -> Result<(Self, String)> {
        let nonce = BASE64_STANDARD.encode(rand::random::<[u8; 18]>());
        Self::begin_with(client_first, verifier, &nonce)
    }

    fn begin_with(client_first: &str, verifier: Verifier, nonce: &str) -> Result<(Self, String)> {
        let malformed = || denied("the first message of SCRAM is malformed");
        let mut parts = client_first.splitn(3, ',');
        let (flag, authzid) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(malformed)?);
        let bare = parts.next().ok_or_else(malformed)?;
        if !matches!(flag, "n" | "y") {
            return Err(denied("channel binding was asked for, which was not offered"));
        }
        let client_nonce = attribute(bare, 'r').filter(|n| !n.is_empty()).ok_or_else(malformed)?;
        let nonce = format!("{client_nonce}{nonce}");
        let salt = BASE64_STANDARD.encode(&verifier.salt);
        let server_first = format!("r={nonce},s={salt},i={}", verifier.iterations);
        let header = BASE64_STANDARD.encode(format!("{flag},{authzid},"));
        let first_bare = bare.to_owned();
        Ok((Self { verifier, header, first_bare, server_first: server_first.clone(), nonce }, server_first))
    }

    /// Checks the client's second message and gives the server's last.
    ///
    /// # Errors
    /// If the password was another.
    pub fn finish(&self, client_final: &str) -> Result<String> {
        let wrong = || denied("the password is wrong, or there is no such user");
        let (without_proof, proof) = client_final.rsplit_once(",p=").ok_or_else(wrong)?;
        let binds = attribute(without_proof, 'c').is_some_and(|c| c == self.header);
        let fresh = attribute(without_proof, 'r').is_some_and(|r| r == self.nonce);
        let proof: Option<Key> = BASE64_STANDARD.decode(proof).ok().and_then(|p| p.try_into().ok());
        let (true, true, Some(mut key)) = (binds, fresh, proof) else { return Err(wrong()) };
        let message = format!("{},{},{without_proof}", self.first_bare, self.server_first);
        let signature = hmac(&self.verifier.stored_key, message.as_bytes());
        key.iter_mut().zip(signature).for_each(|(k, s)| *k ^= s);
        if !same(&Sha256::digest(key).into(), &self.verifier.stored_key) {
            return Err(wrong());
        }
        let answer = hmac(&self.verifier.server_key, message.as_bytes());
        Ok(format!("v={}", BASE64_STANDARD.encode(answer)))
    }
}

fn denied(message: &str) -> Error {
    Error::new(ErrorKind::Login, message)
}

fn attribute(message: &str, name: char) -> Option<&str> {
    message.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

/// The password as clients prepare it (RFC 4013); as it is where that does not apply, as PostgreSQL does.
fn prepared(password: &str) -> Vec<u8> {
    match stringprep::saslprep(password) {
        Ok(text) => text.as_bytes().to_vec(),
        Err(_) => password.as_bytes().to_vec(),
    }
}

/// HMAC (RFC 2104) with SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> Key {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

/// PBKDF2 (RFC 8018) with one block.
fn derive(password: &[u8], salt: &[u8], iterations: u32) -> Key {
    let mut round = hmac(password, &[salt, &[0, 0, 0, 1]].concat());
    let mut key = round;
    for _ in 1..iterations {
        round = hmac(password, &round);
        key.iter_mut().zip(round).for_each(|(k, r)| *k ^= r);
    }
    key
}

/// Compares in the same time wherever the keys differ.
fn same(left: &Key, right: &Key) -> bool {
    left.iter().zip(right).fold(0, |differs, (l, r)| differs | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_example_of_the_standard() {
        let salt = BASE64_STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = Verifier::salted("pencil", salt, 4096);
        let (exchange, first) = Exchange::begin_with(
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            verifier,
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        )
        .unwrap();
        assert_eq!(
            first,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                    p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(exchange.finish(last).unwrap(), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        let wrong = last.replace("p=dH", "p=eH");
        assert_eq!(exchange.finish(&wrong).unwrap_err().kind, ErrorKind::Login);
        let replayed = last.replace("hNlF$k0", "hNlF$k1");
        assert_eq!(exchange.finish(&replayed).unwrap_err().kind, ErrorKind::Login);
    }

    #[test]
    fn a_verifier_reads_back_and_accepts_only_its_password() {
        let verifier = Verifier::of("pässwörd ½");
        let read = Verifier::parse(&verifier.to_string()).unwrap();
        assert_eq!(read, verifier);
        assert!(read.accepts("pässwörd ½"));
        assert!(!read.accepts("passwort"));
        for text in ["", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:aa==$aa:aa", "md5abc", "SCRAM-SHA-256$4096:x$y:z"]
        {
            assert_eq!(Verifier::parse(text), None, "{text}");
        }
    }

    #[test]
    fn malformed_messages_are_refused() {
        for message in ["", "n", "n,,", "n,,n=a", "p=tls-unique,,n=a,r=b", "n,,n=a,r="] {
            assert!(Exchange::begin(message, Verifier::of("x")).is_err(), "{message}");
        }
        let (exchange, _) = Exchange::begin("n,,n=a,r=b", Verifier::of("x")).unwrap();
        for message in ["", ",p=", "c=biws", "c=biws,r=b,p=AAAA"] {
            assert!(exchange.finish(message).is_err(), "{message}");
        }
    }
}
