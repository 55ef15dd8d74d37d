//! What speaks against customers that are well mapped, and what becomes of the rows about their lines.

use super::{
    chunk::{Chunk, Objection},
    content::{Content, Table},
    tally::Noticed,
    told::{Person, Told},
};
use crate::{
    batches::origins,
    findings::{Finding, Reason},
};

impl Objection {
    fn about(self, told: &Told, bytes: usize, place: impl Fn(u32) -> String) -> Finding<'static> {
        let (reason, field, value, message) = match self {
            Self::Profile(first) => {
                let message = format!("the profile was already read from {}", place(first));
                (Reason::DuplicateProfile, "segment_id", told.segment_id.clone(), message)
            }
            Self::SourceId(first) => {
                let message = format!("the profile at {} has the same `source_id` and came first", place(first));
                (Reason::DuplicateSourceId, "source_id", told.person.source_id.clone(), message)
            }
            Self::TooLarge => {
                let message = format!("the customer takes {bytes} bytes, more than a batch may hold");
                (Reason::CustomerTooLarge, "", String::new(), message)
            }
        };
        Finding::new(reason, field, value, message)
    }
}

impl Chunk {
    /// Says what there is to say when it is known what speaks against candidates: that is told instead of their warnings.
    pub(super) fn settle(&mut self, place: impl Fn(u32) -> String) {
        let mut untold = std::mem::take(&mut self.untold).into_iter().peekable();
        for position in 0..self.candidates.len() {
            let candidate = self.candidates[position];
            let Some(objection) = candidate.objection else { continue };
            while let Some(earlier) = untold.next_if(|untold| untold.line < candidate.line) {
                self.pieces.tell(earlier);
            }
            untold.next_if(|untold| untold.line == candidate.line);
            self.objected.push(position);
            let aside = self.asides[position];
            self.pieces.leave_out(Table::Warnings, self.warnings(position), aside.rows);
            self.take_back(position);
            let told = self.about(position);
            let finding = objection.about(&told, candidate.bytes, &place);
            let kind = self.kind(&finding);
            self.tally.add(Noticed { kind, first_of_profile: true });
            let late = &mut self.content.late;
            let begin = late.len();
            self.maker.put(&told.row(&finding, "", candidate.line), late);
            self.pieces.add(Table::Rejects, aside.rejects, begin..late.len());
        }
        untold.for_each(|untold| self.pieces.tell(untold));
        self.pieces.finish(&self.content);
    }

    /// Whom the candidate at a position is about, for the rare row that is written after the mapping.
    fn about(&self, position: usize) -> Told {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Written {
            source_id: String,
            email: Option<String>,
            name: Option<String>,
        }
        let Content { customers, origins, .. } = &self.content;
        let (begin, end) = (self.begin(position), self.ends[position]);
        let Written { source_id, email, name } =
            serde_json::from_slice(&customers[begin.customers..end.customers - 1]).unwrap_or_default();
        let person = Person { source_id, email: email.unwrap_or_default(), name: name.unwrap_or_default() };
        let segment_id = origins::segment_id(&origins[begin.origins..end.origins]);
        Told { segment_id, person, findings: Vec::new() }
    }
}
