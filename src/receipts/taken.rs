//! What a target took last of each customer: hashes only, one file for each batch that was done, later files win.

use std::{collections::HashMap, fs, io, path::Path};

use crate::{batches::reader::Body, digest, failure::Failure, publish};

/// Content hash of each customer that a target took, by the hash of its `source_id`.
#[derive(Debug, Default)]
pub struct Taken(HashMap<u128, u128>);

impl Taken {
    /// Whether the target took a customer with just this content last.
    #[must_use]
    pub fn has(&self, source_id: &str, json: &str) -> bool {
        self.0.get(&hash(source_id)) == Some(&hash(json))
    }

    /// Reads all files of a target's folder; what cannot be read counts as not taken, so that it is sent again.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut taken = Self::default();
        for number in 1.. {
            let path = folder.join(file_name(number));
            if !path.exists() {
                break;
            }
            for line in fs::read_to_string(&path)?.lines() {
                let pair = line.split_once(' ').map(|(id, content)| (parsed(id), parsed(content)));
                if let Some((Some(id), Some(content))) = pair {
                    taken.0.insert(id, content);
                }
            }
        }
        Ok(taken)
    }
}

/// Notes the customers of a batch that were taken: all but those that `refused` tells.
pub(super) fn note(folder: &Path, body: &Body, refused: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let customers = body.customers()?;
    let taken = body.source_ids.iter().zip(customers).filter(|(source_id, _)| !refused(source_id));
    let text: Vec<String> =
        taken.map(|(source_id, json)| format!("{:032x} {:032x}\n", hash(source_id), hash(json.get()))).collect();
    let free = (1..=u64::MAX).map(|number| folder.join(file_name(number))).find(|path| !path.exists());
    free.map_or(Ok(()), |path| publish::bytes(&path, text.concat().as_bytes()))
        .map_err(|error| super::unreadable(folder, error))
}

fn file_name(number: u64) -> String {
    format!("taken-{number:06}.hashes")
}

/// The first 128 bits of SHA-256.
fn hash(text: &str) -> u128 {
    parsed(&digest::sha256(text.as_bytes())[..32]).unwrap_or_default()
}

fn parsed(hexadecimal: &str) -> Option<u128> {
    u128::from_str_radix(hexadecimal, 16).ok()
}
