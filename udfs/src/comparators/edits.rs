//! Edits between two texts, up to two.

/// One more than the edits that are counted: texts that are further apart.
pub(super) const MANY: u32 = 3;

/// The Damerau-Levenshtein distance of two texts in bytes, up to [`MANY`]: the least number of insertions,
/// deletions, substitutions and swaps of neighbours, where a byte may come between swapped neighbours (the
/// unrestricted distance of Lowrance and Wagner 1975).
///
/// Nothing is tabulated: after the common prefix and suffix there are few ways to spend two edits.
pub(super) fn edits(a: &[u8], b: &[u8]) -> u32 {
    if a.len().abs_diff(b.len()) >= MANY as usize {
        return MANY;
    }
    let (a, b) = trim(a, b);
    if a.is_empty() && b.is_empty() {
        0
    } else if is_one(a, b) {
        1
    } else if is_two(a, b) {
        2
    } else {
        MANY
    }
}

/// The distance, as [`edits`], of two texts of one length of up to eight bytes, each in one word in big-endian order.
#[inline]
pub(super) fn edits_of_eight(a: u64, b: u64) -> u32 {
    let different = a ^ b;
    if different == 0 {
        return 0;
    }
    let (before, after) = (different.leading_zeros() & !7, different.trailing_zeros() & !7);
    // What is between the common prefix and suffix, at the upper end.
    let (a, b, length) =
        (a >> after << (before + after), b >> after << (before + after), 8 - (before + after) / 8);
    let [swapped, pair] = [a.swap_bytes() << 48 >> 48, b >> 48];
    match length {
        1 => 1,
        2 if swapped == pair => 1,
        2 => 2,
        _ if count_different(a, b) == 2 => 2,
        // One byte is left out at one end and put in at the other.
        _ if a << 8 == b >> (72 - 8 * length) << (72 - 8 * length) => 2,
        _ if b << 8 == a >> (72 - 8 * length) << (72 - 8 * length) => 2,
        // Swapped neighbours and another byte, or other swapped neighbours.
        _ if count_different(a, b) <= 4 && is_two(&a.to_be_bytes(), &b.to_be_bytes()) => 2,
        _ => MANY,
    }
}

/// How many bytes differ.
fn count_different(a: u64, b: u64) -> u32 {
    let different = a ^ b;
    let low = 0x7f7f_7f7f_7f7f_7f7f;
    // The upper bit of each byte that has a bit.
    ((((different & low) + low) | different) & !low).count_ones()
}

/// The texts without their common prefix and suffix. Some best sequence of edits leaves those alone.
fn trim<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (&a[..a.len() - suffix], &b[..b.len() - suffix])
}

/// Whether trimmed texts differ by one edit.
fn is_one(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, c], [d, b]) => a == b && c == d,
        _ => false,
    }
}

fn is_at_most_one(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let (a, b) = trim(a, b);
    a.is_empty() && b.is_empty() || is_one(a, b)
}

/// Whether trimmed texts, which differ in their first bytes, are two edits apart: whatever the first edit is, one is left.
fn is_two(a: &[u8], b: &[u8]) -> bool {
    let (Some((a0, a1)), Some((b0, b1))) = (a.split_first(), b.split_first()) else {
        return a.len() + b.len() == 2;
    };
    if is_at_most_one(a1, b1) || is_at_most_one(a1, b) || is_at_most_one(a, b1) {
        return true;
    }
    match (a1, b1) {
        ([a1, a2 @ ..], [b1, b2 @ ..]) if a0 == b1 && a1 == b0 => is_at_most_one(a2, b2),
        ([_, a2, a3 @ ..], [b1, b2 @ ..]) if a0 == b1 && a2 == b0 => a3 == b2,
        ([a1, a2 @ ..], [_, b2, b3 @ ..]) if a0 == b2 && a1 == b0 => a2 == b3,
        _ => false,
    }
}
