//! Bytes to text: byte order marks, UTF-16 without one, the mapping's character set, and windows-1252 as the last resort.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// The text, and what a person should know about how it was read.
pub(crate) fn decode<'a>(bytes: &'a [u8], named: Option<&str>) -> Result<(Cow<'a, str>, Option<String>), String> {
    let known =
        match named {
            Some(label) => Some(Encoding::for_label(label.as_bytes()).ok_or_else(|| {
                format!("{label:?} is no character set; one such as utf-8 or windows-1252 is expected")
            })?),
            None => Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or_else(|| without_mark(bytes)),
        };
    if let Some(encoding) = known {
        // A byte order mark is honoured here and is no part of the text.
        let (text, used, broken) = encoding.decode(bytes);
        return match broken {
            true => Err(format!("the text is not {}; name its character set in the mapping", used.name())),
            false => Ok((text, None)),
        };
    }
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text, None));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((
        text,
        Some("the text is not UTF-8 and was read as windows-1252; a mapping can name its character set".to_owned()),
    ))
}

/// UTF-16 shows by the zero bytes of its ASCII characters.
fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let many = sample.len() * 3 / 8;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd >= many => Some(UTF_16LE),
        (even, 0) if even >= many => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn reads_what_suppliers_send() {
        let text = "Code;Name\n4989;München\n";
        for little in [true, false] {
            for mark in [true, false] {
                let bytes = utf16(text, little, mark);
                assert_eq!(decode(&bytes, None).expect("text").0, text, "little {little}, mark {mark}");
            }
        }
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes(), None).expect("text").0, text);
        let (latin, note) = decode(b"4989;M\xFCnchen", None).expect("text");
        assert_eq!(latin, "4989;München");
        assert!(note.expect("a note").contains("windows-1252"));
        assert_eq!(decode(b"M\xC3\xBC", Some("iso-8859-1")).expect("text").0, "MÃ¼");
        assert!(decode(b"M\xFC", Some("utf-8")).expect_err("not UTF-8").contains("UTF-8"));
        assert!(decode(b"x", Some("klingon")).expect_err("unknown").contains("klingon"));
    }
}
