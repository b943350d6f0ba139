//! `numeric` in binary: digits to the base 10000, and where the point is among them.

use bytes::{BufMut, BytesMut};

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;

/// Writes a decimal number that was written as text, as `-12.50`.
pub(super) fn write(text: &str, out: &mut BytesMut) {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let pad = (4 - whole.len() % 4) % 4;
    let mut groups = format!("{}{whole}{fraction}", "0".repeat(pad));
    groups.push_str(&"0".repeat((4 - groups.len() % 4) % 4));
    let mut groups: Vec<i16> = groups.as_bytes().chunks(4).map(number).collect();
    let mut weight = i16::try_from((whole.len() + pad) / 4).unwrap_or(i16::MAX) - 1;
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..zeros);
    weight -= i16::try_from(zeros).unwrap_or(0);
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    out.put_i16(i16::try_from(groups.len()).unwrap_or(i16::MAX));
    out.put_i16(weight);
    out.put_u16(if negative && !groups.is_empty() { NEGATIVE } else { POSITIVE });
    out.put_u16(u16::try_from(fraction.len()).unwrap_or(u16::MAX));
    groups.into_iter().for_each(|group| out.put_i16(group));
}

fn number(digits: &[u8]) -> i16 {
    digits.iter().fold(0, |n, digit| n * 10 + i16::from(digit.wrapping_sub(b'0')))
}

/// Reads a number as text; `None` if it is not one.
pub(in crate::serve::postgres) fn read(bytes: &[u8]) -> Option<String> {
    let at = |n: usize| bytes.get(2 * n..2 * n + 2).and_then(|b| b.try_into().ok()).map(u16::from_be_bytes);
    let (count, sign, scale) = (usize::from(at(0)?), at(2)?, usize::from(at(3)?));
    let weight = i32::from(at(1)?.cast_signed());
    if !matches!(sign, POSITIVE | NEGATIVE)
        || bytes.len() != 8 + 2 * count
        || scale > 1000
        || weight.abs() > 1000
    {
        return None;
    }
    let group = |n: i32| -> Option<u16> {
        match usize::try_from(n) {
            Ok(n) if n < count => at(4 + n).filter(|group| *group < 10_000),
            _ => Some(0),
        }
    };
    let mut text = String::new();
    for n in 0..=weight.max(-1) {
        text.push_str(&format!("{:04}", group(n)?));
    }
    let whole = text.trim_start_matches('0');
    let mut text = if whole.is_empty() { "0".to_owned() } else { whole.to_owned() };
    if scale > 0 {
        let mut fraction = String::new();
        let mut n = weight + 1;
        if weight < -1 {
            fraction.push_str(&"0000".repeat(usize::try_from(-1 - weight).unwrap_or(0)));
            n = 0;
        }
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(n)?));
            n += 1;
        }
        fraction.truncate(scale);
        text = format!("{text}.{fraction}");
    }
    Some(if sign == NEGATIVE { format!("-{text}") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for text in [
            "0",
            "1",
            "-1",
            "12.50",
            "10000",
            "99999999.0001",
            "-0.0001",
            "0.00001234",
            "123456789012345678.90",
        ] {
            let mut out = BytesMut::new();
            write(text, &mut out);
            assert_eq!(read(&out).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_bytes_are_postgresqls() {
        // select encode(numeric_send(12345.67), 'hex')
        let mut out = BytesMut::new();
        write("12345.67", &mut out);
        assert_eq!(out[..], [0, 3, 0, 1, 0, 0, 0, 2, 0, 1, 0x09, 0x29, 0x1a, 0x2c]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bytes in [&[][..], &[0; 7], &[0, 9, 0, 0, 0, 0, 0, 0], &[0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff]] {
            assert_eq!(read(bytes), None);
        }
    }
}
