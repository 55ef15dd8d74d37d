//! Text of any usual encoding, decoded while it is read: Unicode by its byte order mark or by being valid, else what
//! the text looks like.

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, SeekFrom},
    ops::Range,
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// Which encoding it is read in.
    pub encoding: &'static Encoding,
    /// Whether neither a mark nor the bytes themselves say so.
    pub guessed: bool,
}

/// Finds out how a file is encoded, and winds it back.
///
/// # Errors
/// A disk that fails, or zero bytes where no mark says that it is UTF-16.
pub(super) fn encoding(file: &mut File) -> io::Result<Encoded> {
    let mut head = Vec::new();
    file.take(3).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if let Some((encoding, _)) = Encoding::for_bom(&head) {
        return Ok(Encoded { encoding, guessed: false });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut block = vec![0; BLOCK];
    let (mut valid, mut carried) = (true, 0);
    loop {
        let read = file.read(&mut block[carried..])?;
        let bytes = &block[..carried + read];
        // A profile may hold a zero, and so may a table of ours; where every second byte is one, it is UTF-16.
        if memchr::memchr_iter(0, &bytes[carried..]).count() * 4 > read {
            return Err(invalid("it has bytes that no text has; save it as UTF-8"));
        }
        detector.feed(&bytes[carried..], read == 0);
        let whole = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(_) => {
                valid = false;
                bytes.len()
            }
        };
        if read == 0 {
            break;
        }
        carried = bytes.len() - whole;
        block.copy_within(whole..whole + carried, 0);
    }
    file.seek(SeekFrom::Start(0))?;
    if valid {
        return Ok(Encoded { encoding: UTF_8, guessed: false });
    }
    Ok(Encoded { encoding: detector.guess(None, Utf8Detection::Deny), guessed: true })
}

/// A text as UTF-8, without the mark at its beginning.
pub(super) struct Utf8<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is not decoded yet.
    waiting: Range<usize>,
    text: Vec<u8>,
    /// What of `text` is not taken yet.
    decoded: Range<usize>,
    /// Whether the input gave all that it has.
    ended: bool,
    /// Whether the decoder gave all that it has, and must not be asked again.
    finished: bool,
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        let [raw, text] = [(); 2].map(|()| vec![0; BLOCK]);
        Self { input, decoder, raw, waiting: 0..0, text, decoded: 0..0, ended: false, finished: false }
    }
}

impl<R: Read> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.decoded.is_empty() && !self.finished {
            if self.waiting.is_empty() && !self.ended {
                let read = self.input.read(&mut self.raw)?;
                self.waiting = 0..read;
                self.ended = read == 0;
            }
            let source = &self.raw[self.waiting.clone()];
            let (result, read, written, replaced) = self.decoder.decode_to_utf8(source, &mut self.text, self.ended);
            if replaced {
                return Err(invalid(&format!("it is not valid {}", self.decoder.encoding().name())));
            }
            self.waiting.start += read;
            self.decoded = 0..written;
            self.finished = self.ended && result == CoderResult::InputEmpty;
        }
        Ok(&self.text[self.decoded.clone()])
    }

    fn consume(&mut self, amount: usize) {
        self.decoded.start = self.decoded.end.min(self.decoded.start + amount);
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(output)?;
        self.consume(read);
        Ok(read)
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<(String, Encoded)> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.seek(SeekFrom::Start(0))?;
        let encoded = encoding(&mut file)?;
        let mut text = String::new();
        Utf8::new(file, encoded.encoding).read_to_string(&mut text)?;
        Ok((text, encoded))
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn every_usual_encoding_is_read_and_a_guess_is_one() {
        let text = "Zoë – 😀, 30 €;\r\n".repeat(20_000);
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(&text, u16::to_le_bytes),
            utf16(&text, u16::to_be_bytes),
        ] {
            let (read, encoded) = read(&bytes).unwrap();
            assert!(read == text && !encoded.guessed, "{encoded:?}");
        }
        for (encoding, text) in [
            (encoding_rs::WINDOWS_1252, "segment_id;field;corrected_value\r\nuse_1;name;Zoë\r\n"),
            (encoding_rs::WINDOWS_1252, "use_1;name;Müller – Straße 30 €\r\n"),
            (encoding_rs::WINDOWS_1250, "use_1;name;Łukasz Żółć\r\nuse_2;name;Święty Paweł, Kraków\r\n"),
            (encoding_rs::WINDOWS_1251, "use_1;name;Анна Иванова\r\nuse_2;name;Москва\r\n"),
        ] {
            let (bytes, _, lossy) = encoding.encode(text);
            let (read, encoded) = read(&bytes).unwrap();
            assert_eq!((read.as_str(), encoded, lossy), (text, Encoded { encoding, guessed: true }, false));
        }
    }

    #[test]
    fn a_zero_in_a_text_is_no_reason_to_refuse_it() {
        assert_eq!(
            read(b"segment_id,source_id\r\nuse_\0,user-1\r\n").unwrap().0,
            "segment_id,source_id\r\nuse_\0,user-1\r\n"
        );
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (bytes, words) in [
            (&b"s\0e\0g\0"[..], "bytes that no text has"),
            (b"\0s\0e\0g\0m", "bytes that no text has"),
            (b"\xef\xbb\xbfsegment_id\xff", "not valid UTF-8"),
            (b"\xff\xfea\0\0\xd8b\0", "not valid UTF-16LE"),
        ] {
            assert!(read(bytes).unwrap_err().to_string().contains(words));
        }
    }
}
