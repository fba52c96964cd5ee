//! One process: started, listened to, and ended when its time is up. Knows nothing of effects.
//!
//! The process leads a group of its own, so that its time-out ends all that it has started and that has
//! not left the group.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much of the standard output is kept, in bytes: the most that the output of a step may hold. What
/// comes beyond is read and thrown away.
pub(super) const MAX_OUTPUT: usize = 64 * 1024;

/// How much of the end of the standard error is kept, in bytes: a screenful.
const MAX_ERRORS: usize = 4 * 1024;

/// How long the output may stay open after the process has ended. It does where something that the
/// process left behind has inherited it; what the process itself wrote is read by then.
const GRACE: Duration = Duration::from_secs(1);

/// The longest pause between two looks whether a process has ended.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What became of a process.
#[derive(Debug)]
pub(super) enum Ended {
    /// It ended with this exit code.
    Exited(i32),
    /// A signal ended it.
    Signalled,
    /// It was ended because its time was up.
    TimedOut,
    /// It could not be started.
    NotStarted(io::Error),
}

/// A process that has ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) ended: Ended,
    /// The beginning of what it wrote; one byte more than [`MAX_OUTPUT`] if it wrote more than that.
    pub(super) output: Vec<u8>,
    /// The end of what it complained.
    pub(super) errors: Vec<u8>,
}

/// Starts the command and waits until it has ended, for at most `limit`.
pub(super) fn run(mut command: Command, limit: Duration) -> Finished {
    lead_own_group(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let ended = Ended::NotStarted(error);
            return Finished { ended, output: Vec::new(), errors: Vec::new() };
        }
    };
    let output = child.stdout.take().map(|pipe| Listening::to(pipe, Keep::First(MAX_OUTPUT + 1)));
    let errors = child.stderr.take().map(|pipe| Listening::to(pipe, Keep::Last(MAX_ERRORS)));
    let ended = wait(&mut child, limit);
    let close = Instant::now() + GRACE;
    let kept = |listening: Option<Listening>| listening.map(|l| l.stop(close)).unwrap_or_default();
    Finished { ended, output: kept(output), errors: kept(errors) }
}

/// Looks again and again, at first after a millisecond. Waiting in another thread would leave nobody
/// who can end the process without a doubt whether its id still is its own.
fn wait(child: &mut Child, limit: Duration) -> Ended {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.code().map_or(Ended::Signalled, Ended::Exited),
            Ok(None) => {}
            // Nobody can tell any more what became of it.
            Err(_) => return Ended::Signalled,
        }
        let left = limit.saturating_sub(begun.elapsed());
        if left.is_zero() {
            end_group(child);
            return Ended::TimedOut;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(unix)]
fn lead_own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
const fn lead_own_group(_: &mut Command) {}

/// Ends the process and its group, and waits until it is gone. There is nobody to tell if that fails:
/// it is gone already then.
fn end_group(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let leader = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        // INVARIANT: nobody has waited for the leader, so the group is still its own.
        let _ = leader.map(|leader| kill_process_group(leader, Signal::KILL));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Which part of an output is kept.
#[derive(Clone, Copy, Debug)]
enum Keep {
    First(usize),
    Last(usize),
}

/// A thread that reads an output to its end and keeps a part of it.
struct Listening {
    kept: Arc<Mutex<Vec<u8>>>,
    closed: Receiver<()>,
}

impl Listening {
    fn to(mut pipe: impl Read + Send + 'static, keep: Keep) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (close, closed) = mpsc::channel();
        let shared = kept.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; MAX_OUTPUT];
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                let bytes = buffer.get(..read).unwrap_or_default();
                keep.add(&mut shared.lock().unwrap_or_else(PoisonError::into_inner), bytes);
            }
            // Nobody listens any more where the grace was over.
            let _ = close.send(());
        });
        Self { kept, closed }
    }

    /// What was kept, as soon as the output is closed, or else at the instant `close`.
    fn stop(self, close: Instant) -> Vec<u8> {
        let _ = self.closed.recv_timeout(close.saturating_duration_since(Instant::now()));
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Keep {
    fn add(self, kept: &mut Vec<u8>, bytes: &[u8]) {
        match self {
            Self::First(most) => kept.extend(bytes.iter().take(most.saturating_sub(kept.len()))),
            Self::Last(most) => {
                kept.extend(bytes.iter().skip(bytes.len().saturating_sub(most)));
                kept.drain(..kept.len().saturating_sub(most));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_or_the_end_is_kept() {
        let check = |keep: Keep, expected: &str| {
            let mut kept = Vec::new();
            for bytes in ["abc", "", "d", "efgh"] {
                keep.add(&mut kept, bytes.as_bytes());
            }
            assert_eq!(kept, expected.as_bytes());
        };
        check(Keep::First(4), "abcd");
        check(Keep::Last(4), "efgh");
        check(Keep::Last(6), "cdefgh");
        check(Keep::First(100), "abcdefgh");
        check(Keep::Last(100), "abcdefgh");
    }
}
