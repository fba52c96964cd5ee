//! Lines of bounded length from a reader of any length. Knows nothing of what lines say.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read, in bytes: the engine's longest text sixteen times over. A longer
/// one is passed over without being held in memory.
pub(crate) const MAX_LINE_LEN: usize = 1024 * 1024;

/// Why a line is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineFault {
    /// Longer than [`MAX_LINE_LEN`].
    TooLong,
    /// The bytes from this one on (from 1) are not UTF-8.
    NotUtf8(usize),
}

impl fmt::Display for LineFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(out, "the line is longer than {MAX_LINE_LEN} bytes"),
            Self::NotUtf8(byte) => write!(out, "byte {byte} of the line is not UTF-8"),
        }
    }
}

/// A reader cut into lines.
pub(crate) struct Lines {
    input: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
    number: u64,
    position: u64,
}

impl Lines {
    /// The lines of `input`.
    pub(crate) const fn new(input: BufReader<Box<dyn Read>>) -> Self {
        Self { input, line: Vec::new(), number: 0, position: 0 }
    }

    /// How many bytes have been read.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// The next line without its end, and its number from 1; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Result<&str, LineFault>)>> {
        self.line.clear();
        // One byte more than fits, to tell a line that just fits from one that does not.
        let read =
            (&mut self.input).take(MAX_LINE_LEN as u64 + 1).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.position += read as u64;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() > MAX_LINE_LEN {
            self.position += self.input.skip_until(b'\n')? as u64;
            return Ok(Some((self.number, Err(LineFault::TooLong))));
        }
        let text = std::str::from_utf8(&self.line);
        let text = text.map_err(|fault| LineFault::NotUtf8(fault.valid_up_to() + 1));
        // Some editors begin a file with a byte order mark, which is no part of the text.
        let first = self.number == 1;
        let text = text.map(|text| if first { text.trim_start_matches('\u{feff}') } else { text });
        Ok(Some((self.number, text)))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Lines").field("number", &self.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: Vec<u8>, expected: &[(u64, Result<&str, LineFault>)]) {
        let len = input.len() as u64;
        let mut lines = Lines::new(BufReader::new(Box::new(io::Cursor::new(input))));
        for line in expected {
            assert_eq!(lines.next().unwrap().as_ref(), Some(line));
        }
        assert_eq!(lines.next().unwrap(), None);
        assert_eq!(lines.position(), len);
    }

    #[test]
    fn lines_are_cut_and_numbered() {
        check(b"".to_vec(), &[]);
        check(b"a\n\nb".to_vec(), &[(1, Ok("a")), (2, Ok("")), (3, Ok("b"))]);
        check("\u{feff}a\n".into(), &[(1, Ok("a"))]);
        let bad = (2, Err(LineFault::NotUtf8(3)));
        check(b"a\nbc\xff\nd\n".to_vec(), &[(1, Ok("a")), bad, (3, Ok("d"))]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let longest = "x".repeat(MAX_LINE_LEN);
        let input = format!("{longest}\n{longest}x\nb\n{longest}{longest}");
        let too_long = Err(LineFault::TooLong);
        let expected = [(1, Ok(&*longest)), (2, too_long), (3, Ok("b")), (4, too_long)];
        check(input.into_bytes(), &expected);
    }
}
