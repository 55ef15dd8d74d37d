//! What is open around a place in a text, so that nothing is too deep to be passed over.

/// Objects and arrays that are open around a place: a bit each, 64 in a word.
#[derive(Default)]
pub(super) struct Open {
    pub(super) depth: usize,
    objects: u64,
    outer: Vec<u64>,
}

impl Open {
    pub(super) fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.objects);
        }
        self.objects = self.objects << 1 | u64::from(object);
        self.depth += 1;
    }

    pub(super) fn pop(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.objects = self.outer.pop().unwrap_or_default();
        }
    }

    pub(super) fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}
