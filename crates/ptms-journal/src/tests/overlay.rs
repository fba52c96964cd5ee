//! The copy-on-write view against plain bytes: the same reads, and nothing written below.

use proptest::prelude::*;
use redb::StorageBackend;

use super::disk::Disk;
use crate::file::medium::Overlay;

#[derive(Clone, Debug)]
enum Act {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

/// A few blocks, so that most acts meet the same ones, and their borders.
const MOST: u64 = 4 * 4096;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let border =
        (0..4_u64, -3..4_i64).prop_map(|(block, by)| (block * 4096).saturating_add_signed(by));
    let place = prop_oneof![border, 0..MOST];
    let bytes = (any::<u8>(), prop_oneof![1..20_usize, 4090..9000_usize]);
    let write = (place.clone(), bytes)
        .prop_map(|(offset, (byte, len))| Act::Write(offset, vec![byte; len]));
    prop::collection::vec(prop_oneof![3 => write, 1 => place.prop_map(Act::SetLen)], 0..12)
}

proptest! {
    #[test]
    fn reads_like_plain_bytes(len in 0..MOST, acts in acts(), from in 0..MOST, size in 0..9000_u64) {
        let mut plain: Vec<u8> = (0..len).map(|at| at as u8 | 1).collect();
        let disk = Disk::of(plain.clone());
        let overlay = Overlay::new(disk.medium()).unwrap();
        for act in acts {
            match act {
                Act::Write(offset, bytes) => {
                    overlay.write(offset, &bytes).unwrap();
                    let (from, to) = (offset as usize, offset as usize + bytes.len());
                    plain.resize(plain.len().max(to), 0);
                    plain[from..to].copy_from_slice(&bytes);
                }
                Act::SetLen(len) => {
                    overlay.set_len(len).unwrap();
                    plain.resize(len as usize, 0);
                }
            }
            prop_assert_eq!(overlay.len().unwrap(), plain.len() as u64);
        }
        let mut whole = vec![0; plain.len()];
        overlay.read(0, &mut whole).unwrap();
        prop_assert!(whole == plain);
        let mut part = vec![0; size as usize];
        match plain.get(from as usize..(from + size) as usize) {
            Some(plain) => {
                overlay.read(from, &mut part).unwrap();
                prop_assert!(part == plain);
            }
            None => prop_assert!(overlay.read(from, &mut part).is_err()),
        }
        prop_assert!(disk.steps().is_empty());
    }
}
