//! Canonical e-mail addresses.

/// Appends the canonical form of an e-mail address to an empty buffer and returns the position of its @.
/// Without a valid address nothing is returned and the buffer holds no useful text.
pub(crate) fn append_email(text: &str, email: &mut String) -> Option<usize> {
    let text = text.trim();
    let (user, domain) = text.rsplit_once('@')?;
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if !is_user(user) || !is_domain(domain) {
        return None;
    }
    // A tag begins after at least one character: +1234@contoso.com has none.
    let user = match user.find('+') {
        Some(tag) if tag > 0 => &user[..tag],
        _ => user,
    };
    let gmail = domain.eq_ignore_ascii_case("gmail.com") || domain.eq_ignore_ascii_case("googlemail.com");
    append_lower(user, email);
    if gmail {
        email.retain(|character| character != '.');
        if email.is_empty() {
            return None;
        }
    }
    let at = email.len();
    email.push('@');
    append_lower(if gmail { "gmail.com" } else { domain }, email);
    Some(at)
}

fn append_lower(text: &str, lower: &mut String) {
    if text.is_ascii() {
        let start = lower.len();
        lower.push_str(text);
        lower[start..].make_ascii_lowercase();
    } else {
        lower.push_str(&text.to_lowercase());
    }
}

/// A user part: not empty, without spaces, control characters, delimiters of lists, or another @.
fn is_user(user: &str) -> bool {
    let forbidden = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '@' | ',' | ';' | '<' | '>' | '(' | ')' | '"')
    };
    !user.is_empty() && !user.starts_with('.') && !user.ends_with('.') && !user.contains(forbidden)
}

/// A domain: at least two labels of letters, digits and inner hyphens.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    domain.contains('.') && domain.split('.').all(label)
}
