//! Passing over what lies in each other, however deep, without calling itself.

use super::{Malformed, Scanner, open::Open};

impl Scanner<'_> {
    /// Passes over an object or array with all that lies in it.
    pub(super) fn nested(&mut self) -> Result<(), Malformed> {
        let mut open = Open::default();
        loop {
            let opened = match self.byte() {
                Some(b'"') => self.string().map(|_| false)?,
                Some(b'{') => self.opens(b'}', &mut open)?,
                Some(b'[') => self.opens(b']', &mut open)?,
                _ => self.scalar().map(|()| false)?,
            };
            if !opened {
                self.closes(&mut open)?;
                if open.depth == 0 {
                    return Ok(());
                }
            }
        }
    }

    /// Begins an object, up to its first value, or an array; tells whether it is open, or empty and passed over.
    fn opens(&mut self, end: u8, open: &mut Open) -> Result<bool, Malformed> {
        self.at += 1;
        self.blanks();
        if self.byte() == Some(end) {
            self.at += 1;
            return Ok(false);
        }
        open.push(end == b'}');
        if end == b'}' {
            self.passed_key()?;
        }
        Ok(true)
    }

    /// After a value: ends what ends here, up to the next value or until nothing is open.
    fn closes(&mut self, open: &mut Open) -> Result<(), Malformed> {
        while open.depth > 0 {
            self.blanks();
            let (byte, object) = (self.byte().ok_or(Malformed)?, open.in_object());
            self.at += 1;
            match (byte, object) {
                (b',', true) => return self.passed_key(),
                (b',', false) => {
                    self.blanks();
                    return Ok(());
                }
                (b'}', true) | (b']', false) => open.pop(),
                _ => return Err(Malformed),
            }
        }
        Ok(())
    }

    fn passed_key(&mut self) -> Result<(), Malformed> {
        self.blanks();
        if self.byte() != Some(b'"') {
            return Err(Malformed);
        }
        self.string()?;
        self.blanks();
        self.take(b':')?;
        self.blanks();
        Ok(())
    }
}
