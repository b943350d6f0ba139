//! A JSON value that borrows its texts and keeps the order of its keys.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::files::examined::{Node, Shape};
use crate::files::pattern::Patterns;
use crate::files::types::Type;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Boolean(bool),
    Bigint(i64),
    /// A whole number that no bigint holds.
    Huge(f64),
    Double(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl Json<'_> {
    /// A plain value as text; `None` for NULL and nested values.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null | Self::List(_) | Self::Object(_) => None,
            Self::Boolean(value) => Some(value.to_string().into()),
            Self::Bigint(value) => Some(value.to_string().into()),
            Self::Huge(value) | Self::Double(value) => Some(value.to_string().into()),
            Self::Text(text) => Some(text.as_ref().into()),
        }
    }

    pub(super) fn is_nested(&self) -> bool {
        matches!(self, Self::List(_) | Self::Object(_))
    }

    /// Adds the value to what was seen at its place. Only the texts of `top` level columns may be dates.
    pub(super) fn observe(&self, node: &mut Node, patterns: &Patterns, top: bool) {
        use crate::files::candidates::Candidates;
        let scalars = match self {
            Self::Null => return,
            Self::List(values) => {
                let items = node.items.get_or_insert_with(|| Box::new(Node::NEW));
                values.iter().for_each(|value| value.observe(items, patterns, false));
                return;
            }
            Self::Object(pairs) => {
                let fields = node.fields.get_or_insert_default();
                for (position, (key, value)) in pairs.iter().enumerate() {
                    let known = fields.get(position).is_some_and(|(name, _)| name == key);
                    let place =
                        if known { Some(position) } else { fields.iter().position(|(name, _)| name == key) };
                    let place = place.unwrap_or_else(|| {
                        fields.push((key.clone().into_owned(), Node::NEW));
                        fields.len() - 1
                    });
                    value.observe(&mut fields[place].1, patterns, false);
                }
                return;
            }
            _ => node.scalars.get_or_insert(Candidates::NEW),
        };
        match self {
            Self::Boolean(_) => scalars.observe_boolean(),
            Self::Bigint(value) => scalars.observe_bigint(*value),
            Self::Double(_) => scalars.observe_double(),
            Self::Text(text) if top => scalars.observe_text(text, patterns),
            _ => scalars.observe_other(),
        }
    }

    /// Writes the value, with nested values as texts where the shape says text.
    pub(super) fn write(&self, shape: Option<&Shape>, out: &mut String) {
        match (self, shape) {
            (Self::List(_) | Self::Object(_), Some(Shape::Scalar(Type::Text))) => {
                let mut nested = String::new();
                self.write(None, &mut nested);
                quote(&nested, out);
            }
            (Self::List(values), _) => {
                let items = if let Some(Shape::List(items)) = shape { Some(items.as_ref()) } else { None };
                separated('[', ']', values, out, |value, out| value.write(items, out));
            }
            (Self::Object(pairs), _) => separated('{', '}', pairs, out, |(key, value), out| {
                let field = match shape {
                    Some(Shape::Struct(fields)) => fields.iter().find(|(name, _)| name == key),
                    _ => None,
                };
                quote(key, out);
                out.push(':');
                value.write(field.map(|(_, shape)| shape), out);
            }),
            (Self::Text(text), _) => quote(text, out),
            (Self::Null, _) => out.push_str("null"),
            _ => out.push_str(&self.text().unwrap_or_default()),
        }
    }
}

fn separated<T>(open: char, close: char, values: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push(open);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(value, out);
    }
    out.push(close);
}

/// Writes a JSON text.
pub(super) fn quote(text: &str, out: &mut String) {
    use fmt::Write;
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            char if char < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// A text that is borrowed when it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Bigint(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Huge(value as f64), Json::Bigint))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        let huge = value.fract() == 0.0 && value.abs() >= 1e19;
        Ok(if huge { Json::Huge(value) } else { Json::Double(value) })
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json<'de>, A::Error> {
        let mut list = vec![];
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Json<'de>, A::Error> {
        let mut object = vec![];
        while let Some((Text(key), value)) = pairs.next_entry()? {
            object.push((key, value));
        }
        Ok(Json::Object(object))
    }
}
