//! Where profiles stand, by numbers that are short.

/// Lines between two profiles up to which the numbers go on.
const GAP: u64 = 8;

/// Places of lines in all inputs: a line is counted from the begin of the first input. Profiles have numbers that are
/// shorter than places: they leave out long stretches of lines without any.
#[derive(Debug, Default)]
pub(in crate::transform) struct Places {
    begins: Vec<u64>,
    /// Numbers with their places, where numbers do not go on as places do.
    jumps: Vec<(u32, u64)>,
    /// The number and the place that came last.
    last: Option<(u32, u64)>,
    /// The place of the last line that came, with a profile or without.
    last_line: u64,
}

impl Places {
    /// The lines that come are of the input at this position, and its lines up to this one: gives the place before the first.
    pub(in crate::transform) fn begin(&mut self, input: usize, last_line: u64) -> u64 {
        if self.begins.len() <= input {
            self.begins.resize(input + 1, self.last_line);
        }
        let begin = self.begins[input];
        // A block may hold nobody who is taken.
        self.last_line = self.last_line.max(begin + last_line);
        begin
    }

    /// The number of the profile at a place, which is behind all earlier ones; `None` where there are no more numbers.
    pub(in crate::transform) fn number(&mut self, place: u64) -> Option<u32> {
        let (before, ahead) = self.last.map_or((0, u64::MAX), |(number, last)| (number, place - last));
        let step = if ahead <= GAP { ahead } else { 1 };
        let number = u32::try_from(u64::from(before) + step).ok()?;
        if step != ahead {
            self.jumps.push((number, place));
        }
        self.last = Some((number, place));
        Some(number)
    }

    /// Input and line of a profile by its number.
    pub(in crate::transform) fn line(&self, number: u32) -> (usize, u64) {
        let jump = self.jumps.partition_point(|(begin, _)| *begin <= number).saturating_sub(1);
        let (begin, place) = self.jumps.get(jump).copied().unwrap_or_default();
        let place = place + u64::from(number.saturating_sub(begin));
        let input = self.begins.partition_point(|begin| *begin < place).saturating_sub(1);
        (input, place - self.begins.get(input).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_input_and_line() {
        let mut places = Places::default();
        let mut numbered = Vec::new();
        let blocks: [(usize, u64, &[u64]); 5] = [
            (0, 10, &[1, 2, 10]),
            (2, 3, &[1]),
            (2, 5, &[5]),
            (3, 901, &[1, 900, 901]),
            (3, 1 << 35, &[1 << 34, 1 << 35]),
        ];
        for (input, last, lines) in blocks {
            let begin = places.begin(input, last);
            numbered.extend(lines.iter().map(|line| (places.number(begin + line).unwrap(), (input, *line))));
        }
        assert!(numbered.iter().all(|(number, _)| *number < 50));
        for (number, line) in numbered {
            assert_eq!(places.line(number), line);
        }
    }
}
