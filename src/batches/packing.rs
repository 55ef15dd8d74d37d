//! Packs customers into requests: one rule for a transform's batches and for what an upload sends again.

use super::origins;

/// Bytes of JSON in a batch unless told otherwise: the API takes 10 MiB (docs/api-facts.md C1).
pub const DEFAULT_BYTES: usize = 9 << 20;

/// Most bytes of JSON that the API takes in one request (docs/api-facts.md C1).
pub const MOST_BYTES: usize = 10 << 20;

/// Fewest bytes that can be asked for: two brackets and the shortest customer, `{"source_id":"1"}`.
pub const FEWEST_BYTES: usize = 19;

/// How large a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    bytes: usize,
    customers: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: DEFAULT_BYTES, customers: u64::MAX }
    }
}

impl Limits {
    /// Bytes of JSON, and customers if there is a limit to them; what no request can be is brought within the limits.
    #[must_use]
    pub fn new(bytes: usize, customers: Option<u64>) -> Self {
        Self { bytes: bytes.clamp(FEWEST_BYTES, MOST_BYTES), customers: customers.unwrap_or(u64::MAX).max(1) }
    }

    /// The smaller of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes.min(other.bytes), customers: self.customers.min(other.customers) }
    }

    /// Whether as much again would still go into a batch of so much.
    #[must_use]
    pub fn is_below_half(self, bytes: u64, customers: u64) -> bool {
        bytes.saturating_mul(2) < self.bytes as u64 && customers.saturating_mul(2) < self.customers
    }

    /// Whether so many customers, of so many bytes with a comma each, still go into a request that has so many of so many
    /// bytes with its first bracket.
    #[must_use]
    pub fn have_room(self, (has, has_bytes): (u64, usize), customers: u64, bytes: usize) -> bool {
        has == 0 || has_bytes + bytes < self.bytes && has.saturating_add(customers) <= self.customers
    }

    /// How many of those who follow each other still go into a request that has so many of so many bytes with its first
    /// bracket; `bytes` tells what one takes with all before it, with a comma each. Into an empty one goes at least one.
    #[must_use]
    pub fn take<T>(self, (has, has_bytes): (u64, usize), them: &[T], bytes: impl Fn(&T) -> usize) -> usize {
        let most = usize::try_from(self.customers.saturating_sub(has)).unwrap_or(usize::MAX).min(them.len());
        let take = them[..most].partition_point(|one| has_bytes + bytes(one) < self.bytes);
        if has == 0 { take.max(1).min(them.len()) } else { take }
    }

    /// Whether a customer of that many bytes fits a batch of its own.
    #[must_use]
    pub fn fit(self, bytes: usize) -> bool {
        bytes + 2 <= self.bytes
    }
}

/// The JSON of a request as it fills up.
#[derive(Debug)]
pub struct Request {
    limits: Limits,
    json: Vec<u8>,
    customers: u64,
}

impl Request {
    /// Begins a request without customers.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, json: Vec::new(), customers: 0 }
    }

    /// How large it may be.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether so many customers, of so many bytes with a comma each, still go in.
    #[must_use]
    pub fn has_room(&self, customers: u64, bytes: usize) -> bool {
        self.limits.have_room((self.customers, self.json.len()), customers, bytes)
    }

    /// Adds a customer; whether there is room was asked before.
    pub fn add(&mut self, customer: &[u8]) {
        self.json.push(if self.customers == 0 { b'[' } else { b',' });
        self.json.extend_from_slice(customer);
        self.customers += 1;
    }

    /// Gives the JSON array with its number of customers, if there is anything in it, and begins anew.
    pub fn finish(&mut self) -> Option<(Vec<u8>, u64)> {
        if self.customers == 0 {
            return None;
        }
        let mut json = std::mem::take(&mut self.json);
        json.push(b']');
        Some((json, std::mem::take(&mut self.customers)))
    }
}

/// A batch as it fills up: the body of one request, and where its customers come from.
#[derive(Debug)]
pub struct Packer {
    request: Request,
    origins: Vec<u8>,
}

/// A batch that is full.
#[derive(Debug)]
pub struct Packed {
    /// The body, a JSON array, and a line break.
    pub line: Vec<u8>,
    /// Where its customers come from, in order: a table of origins.
    pub origins: Vec<u8>,
    /// Customers in this batch.
    pub customers: u64,
}

impl Packed {
    /// The body: a JSON array.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.line.trim_ascii_end()
    }
}

impl Packer {
    /// Begins with an empty batch.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { request: Request::new(limits), origins: Vec::new() }
    }

    /// Whether a customer of that many bytes fits a batch of its own.
    #[must_use]
    pub fn fits(&self, bytes: usize) -> bool {
        self.request.limits().fit(bytes)
    }

    /// Adds a customer with its row of the table of origins, and gives the batch before it where that was full.
    pub fn add(&mut self, customer: &[u8], origin: &[u8]) -> Option<Packed> {
        // A bracket at each end, and a comma before all but the first.
        let packed = if self.request.has_room(1, customer.len() + 1) { None } else { self.finish() };
        self.request.add(customer);
        self.origins.extend_from_slice(origin);
        packed
    }

    /// Gives the last batch, if there is anything in it.
    pub fn finish(&mut self) -> Option<Packed> {
        let (mut line, customers) = self.request.finish()?;
        line.push(b'\n');
        let origins = [origins::HEADER, std::mem::take(&mut self.origins).as_slice()].concat();
        Some(Packed { line, origins, customers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_stay_within_both_limits() {
        let mut packer = Packer::new(Limits { bytes: 10, customers: 2 });
        assert!(packer.fits(8) && !packer.fits(9));
        let mut batches = Vec::new();
        for customer in [&b"111"[..], b"2222", b"3", b"4", b"55555", b"66"] {
            batches.extend(packer.add(customer, b"row\n"));
        }
        batches.extend(packer.finish());
        let texts: Vec<_> = batches.iter().map(|packed| String::from_utf8_lossy(packed.json())).collect();
        assert_eq!(texts, ["[111,2222]", "[3,4]", "[55555,66]"]);
        assert!(packer.finish().is_none());
    }

    #[test]
    fn no_limits_are_beyond_what_a_request_can_be() {
        assert_eq!(Limits::new(0, Some(0)), Limits { bytes: 19, customers: 1 });
        assert_eq!(Limits::new(usize::MAX, None), Limits { bytes: 10_485_760, customers: u64::MAX });
        assert_eq!(Limits::new(100, Some(7)).and(Limits::new(50, None)), Limits { bytes: 50, customers: 7 });
    }
}
