//! A disk in memory that remembers what was written when, and fails when told to.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

use crate::file::medium::Medium;

/// One thing that was done to a disk.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Sync,
}

impl Step {
    /// Does it to the bytes of a disk.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, data) => {
                let (from, to) = (*offset as usize, *offset as usize + data.len());
                bytes.resize(bytes.len().max(to), 0);
                bytes[from..to].copy_from_slice(data);
            }
            Self::SetLen(len) => bytes.resize(*len as usize, 0),
            Self::Sync => {}
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    steps: Vec<Step>,
    /// So many steps succeed; then the disk is full. A write that comes last is torn in the middle.
    left: Option<usize>,
    /// The parts that were read.
    reads: Vec<Range<u64>>,
}

impl Disk {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { bytes, ..State::default() })))
    }

    pub(super) fn medium(&self) -> Medium {
        Arc::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// Everything that was done to it.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    pub(super) fn full_after(&self, steps: Option<usize>) {
        self.state().left = steps;
    }

    /// For each byte, whether it was ever read.
    pub(super) fn read(&self) -> Vec<bool> {
        let state = self.state();
        let mut read = vec![false; state.bytes.len()];
        for part in &state.reads {
            read[part.start as usize..part.end as usize].fill(true);
        }
        read
    }

    fn step(&self, step: Step) -> io::Result<()> {
        let mut state = self.state();
        if let (Some(1), Step::Write(offset, data)) = (state.left, &step) {
            Step::Write(*offset, data[..data.len() / 2].to_vec()).apply(&mut state.bytes);
            state.left = Some(0);
        }
        if state.left == Some(0) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.left = state.left.map(|left| left - 1);
        step.apply(&mut state.bytes);
        state.steps.push(step);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state();
        let part = offset..offset.saturating_add(out.len() as u64);
        let Some(bytes) = state.bytes.get(part.start as usize..part.end as usize) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        out.copy_from_slice(bytes);
        state.reads.push(part);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.step(Step::SetLen(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.step(Step::Sync)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.step(Step::Write(offset, data.to_vec()))
    }
}
