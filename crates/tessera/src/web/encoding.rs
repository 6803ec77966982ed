//! Which content codings a client accepts (RFC 9110 section 12.5.3).

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// A content coding that the export is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// Best first.
    pub(super) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its registered name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the compressed file's name ends in.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// What the client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Accepted {
    pub(super) fn takes(self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Brotli => self.brotli,
            Encoding::Gzip => self.gzip,
        }
    }
}

/// A coding is accepted when it is named, or `*` stands for it, with a weight above zero.
pub(super) fn accepted(headers: &HeaderMap) -> Accepted {
    let (mut brotli, mut gzip, mut any) = (None, None, None);
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for item in values.flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let wanted = weight.is_none_or(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0));
        match name.to_ascii_lowercase().as_str() {
            "br" => brotli = Some(wanted),
            "gzip" | "x-gzip" => gzip = Some(wanted),
            "*" => any = Some(wanted),
            _ => {}
        }
    }
    let or_any = |named: Option<bool>| named.or(any).unwrap_or(false);
    Accepted { brotli: or_any(brotli), gzip: or_any(gzip) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_wildcards_count() {
        for (header, brotli, gzip) in [
            ("", false, false),
            ("gzip, deflate, br, zstd", true, true),
            ("gzip", false, true),
            ("GZIP;q=0.5", false, true),
            ("br;q=0, gzip;q=1.0", false, true),
            ("br; q=0.000", false, false),
            ("*", true, true),
            ("*;q=0", false, false),
            ("*, br;q=0", false, true),
            ("br;q=nonsense", false, false),
            ("identity", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, header.parse().unwrap());
            assert_eq!(accepted(&headers), Accepted { brotli, gzip }, "{header:?}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Accepted { brotli: false, gzip: false });
    }
}
