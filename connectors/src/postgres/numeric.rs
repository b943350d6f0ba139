//! The binary form of `numeric`: digits to base 10,000.

use arrow::datatypes::i256;

/// Why a number has no place in a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDecimal {
    /// NaN or an infinity.
    Special(&'static str),
    /// It has too many digits.
    TooLarge,
    /// The bytes are no number.
    Malformed,
}

/// A number as a whole number of its `scale`-th decimal places.
pub(super) fn decimal128(bytes: &[u8], scale: i8) -> Result<i128, NoDecimal> {
    let parts = Parts::new(bytes)?;
    if let Some(value) = parts.short(scale) {
        return Ok(if parts.negative { -value } else { value });
    }
    let mut value: i128 = 0;
    for (place, digit) in parts.digits() {
        let shift = parts.shift(place, scale);
        let digit = scaled(i128::from(digit), shift)?;
        value = value.checked_add(digit).ok_or(NoDecimal::TooLarge)?;
    }
    Ok(if parts.negative { -value } else { value })
}

/// The same with up to 76 digits.
pub(super) fn decimal256(bytes: &[u8], scale: i8) -> Result<i256, NoDecimal> {
    let parts = Parts::new(bytes)?;
    let mut value = i256::ZERO;
    for (place, digit) in parts.digits() {
        let shift = parts.shift(place, scale);
        let digit = match u32::try_from(shift) {
            Ok(shift) => {
                let power = i256::from_i128(10).checked_pow(shift).ok_or(NoDecimal::TooLarge)?;
                i256::from_i128(i128::from(digit)).checked_mul(power).ok_or(NoDecimal::TooLarge)?
            }
            Err(_) => i256::from_i128(scaled(i128::from(digit), shift)?),
        };
        value = value.checked_add(digit).ok_or(NoDecimal::TooLarge)?;
    }
    Ok(if parts.negative { value.wrapping_neg() } else { value })
}

/// A digit times a power of ten; what would be cut off are zeros, for the type has no more places.
fn scaled(digit: i128, shift: i32) -> Result<i128, NoDecimal> {
    match u32::try_from(shift) {
        Ok(shift) if digit != 0 => {
            let power = 10i128.checked_pow(shift).ok_or(NoDecimal::TooLarge)?;
            digit.checked_mul(power).ok_or(NoDecimal::TooLarge)
        }
        Ok(_) => Ok(0),
        Err(_) => Ok(digit / 10i128.pow(shift.unsigned_abs().min(4))),
    }
}

/// Powers of ten.
const POWERS: [u64; 16] = {
    let mut powers = [1; 16];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};

struct Parts<'a> {
    weight: i32,
    negative: bool,
    digits: &'a [u8],
}

impl<'a> Parts<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, NoDecimal> {
        let number = |at: usize| {
            let two = bytes.get(at..at + 2).ok_or(NoDecimal::Malformed)?;
            Ok(u16::from_be_bytes([two[0], two[1]]))
        };
        let count = usize::from(number(0)?);
        let weight = i32::from(number(2)?.cast_signed());
        let negative = match number(4)? {
            0 => false,
            0x4000 => true,
            0xc000 => return Err(NoDecimal::Special("NaN")),
            0xd000 => return Err(NoDecimal::Special("Infinity")),
            0xf000 => return Err(NoDecimal::Special("-Infinity")),
            _ => return Err(NoDecimal::Malformed),
        };
        let digits = bytes.get(8..8 + 2 * count).ok_or(NoDecimal::Malformed)?;
        Ok(Self { weight, negative, digits })
    }

    /// The value without its sign, if it has up to four digits to base 10,000: most numbers do.
    fn short(&self, scale: i8) -> Option<i128> {
        let count = self.digits.len() / 2;
        if count == 0 || count > 4 {
            return None;
        }
        let number = self.digits().fold(0_u64, |number, (_, digit)| number * 10_000 + u64::from(digit));
        match self.shift(count - 1, scale) {
            shift @ 0.. => Some(i128::from(number) * i128::from(*POWERS.get(usize::try_from(shift).ok()?)?)),
            shift => Some(i128::from(number / *POWERS[..4].get(usize::try_from(-shift).ok()?)?)),
        }
    }

    fn digits(&self) -> impl Iterator<Item = (usize, u16)> + '_ {
        self.digits.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).enumerate()
    }

    /// The power of ten of a digit.
    fn shift(&self, place: usize, scale: i8) -> i32 {
        let place = i32::try_from(place).unwrap_or(i32::MAX);
        (self.weight - place) * 4 + i32::from(scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number as it is sent: digits to base 10,000, the weight of the first, the sign.
    fn sent(weight: i16, sign: u16, digits: &[u16]) -> Vec<u8> {
        let head = [u16::try_from(digits.len()).unwrap(), weight.cast_unsigned(), sign, 0];
        head.iter().chain(digits).flat_map(|n| n.to_be_bytes()).collect()
    }

    #[test]
    fn digits_stand_where_they_belong() {
        // 12345.678 is 1|2345|6780.
        let number = sent(1, 0, &[1, 2345, 6780]);
        assert_eq!(decimal128(&number, 3), Ok(12_345_678));
        assert_eq!(decimal128(&number, 5), Ok(1_234_567_800));
        assert_eq!(decimal256(&number, 5), Ok(i256::from_i128(1_234_567_800)));
        assert_eq!(decimal128(&sent(-2, 0x4000, &[5000]), 8), Ok(-5000));
        assert_eq!(decimal128(&sent(0, 0, &[]), 2), Ok(0));
        assert_eq!(decimal128(&sent(3, 0, &[7]), 0), Ok(7_000_000_000_000));
    }

    #[test]
    fn what_has_no_place_is_told() {
        assert_eq!(decimal128(&sent(0, 0xc000, &[]), 2), Err(NoDecimal::Special("NaN")));
        assert_eq!(decimal128(&sent(12, 0, &[1]), 2), Err(NoDecimal::TooLarge));
        assert_eq!(decimal128(&[0, 1], 2), Err(NoDecimal::Malformed));
    }
}
