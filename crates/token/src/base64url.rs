//! base64url without padding (RFC 4648 section 5), in its one canonical spelling.
//!
//! Padding, white space, foreign characters and stray trailing bits are refused: each would be a
//! second spelling of the same bytes, and so a second token behind one signature.

use std::mem::MaybeUninit;

use base64_simd::{Out, URL_SAFE_NO_PAD};

/// Not the canonical spelling of any bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct NotCanonical;

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

pub(crate) fn append(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, text);
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, NotCanonical> {
    URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| NotCanonical)
}

/// Room for `N` bytes, which costs nothing to make.
pub(crate) type Buffer<const N: usize> = [MaybeUninit<u8>; N];

/// Decodes into `buffer`, without allocating. Text longer than the buffer holds is refused.
pub(crate) fn decode_into<'a>(
    text: &str,
    buffer: &'a mut [MaybeUninit<u8>],
) -> Result<&'a mut [u8], NotCanonical> {
    let text = text.as_bytes();
    let length = URL_SAFE_NO_PAD.decoded_length(text).map_err(|_| NotCanonical)?;
    let buffer = buffer.get_mut(..length).ok_or(NotCanonical)?;
    URL_SAFE_NO_PAD.decode(text, Out::from_uninit_slice(buffer)).map_err(|_| NotCanonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode("AQ"), Ok(vec![1]));
        for other in ["AQ==", "AQ=", "AR", "A", "AQ\n", " AQ", "A+", "A/", "AQ\0", "é", "AQB"] {
            assert_eq!(decode(other), Err(NotCanonical), "{other:?}");
        }
        assert_eq!(decode("-_8"), Ok(vec![0xfb, 0xff]));
    }

    #[test]
    fn decoding_into_a_buffer_refuses_what_does_not_fit() {
        let mut buffer: Buffer<2> = [MaybeUninit::uninit(); 2];
        assert_eq!(decode_into("AQID", &mut buffer), Err(NotCanonical));
        assert_eq!(decode_into("AQI", &mut buffer), Ok([1, 2].as_mut_slice()));
    }
}
