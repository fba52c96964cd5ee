//! Silence, and what is said after it.

use expect_test::expect;
use ptms_core::Timestamp;

use super::check;
use crate::Execution;
use crate::tests::monitor::Watched;
use crate::tests::sketch::plan;

#[test]
fn silence_is_unknown_and_undone() {
    check(
        "collect\n review needs collect",
        "review activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            11s activate review: silence
            11s activate review: settled
            11s   turn back: review timed out
            11s   ask: undo review
            12s undo review: succeeded (true)
            12s   ask: undo collect
            13s undo collect: succeeded (true)
            13s   end: rolled back because review timed out
        "#]],
    );
}

#[test]
fn an_answer_that_comes_while_silence_settles_counts() {
    check(
        "collect settles\n review needs collect settles",
        "collect activate: 12 ok\n review activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            10s activate collect: silence
            12s activate collect: succeeded (true)
            12s   ask: activate review
            22s activate review: silence
            27s activate review: settled
            27s   turn back: review timed out
            27s   ask: undo review
            28s undo review: succeeded (true)
            28s   ask: undo collect
            29s undo collect: succeeded (true)
            29s   end: rolled back because review timed out
        "#]],
    );
}

#[test]
fn silence_is_verified_where_the_step_says_so() {
    check(
        "collect verify\n review needs collect",
        "collect activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            10s activate collect: silence
            10s activate collect: settled
            10s   ask: verify collect
            11s verify collect: succeeded (true)
            11s   ask: activate review
            12s activate review: succeeded (true)
            12s   end: completed
        "#]],
    );
}

#[test]
fn a_late_success_during_the_undo_is_undone_once_more() {
    check(
        "a",
        "a activate: 12 ok\n a undo: 5 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   turn back: a timed out
            10s   ask: undo a
            12s activate a: succeeded (true)
            15s undo a: succeeded (true)
            15s   ask: undo a, anew
            16s undo a, anew: succeeded (true)
            16s   end: rolled back because a timed out
        "#]],
    );
}

#[test]
fn a_late_denial_before_the_undo_spares_it() {
    check(
        "a verify",
        "a activate: 12 clean\n a verify: 5 no",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   ask: verify a
            12s activate a: failed cleanly (io)
            15s verify a: succeeded (false)
            15s   turn back: a failed (io)
            15s   end: rolled back because a failed (io)
        "#]],
    );
}

/// The verification saw the step up, so the denial must not strike it from the residue.
#[test]
fn a_late_denial_does_not_outweigh_a_verification() {
    check(
        "a verify undo undeclared\n b needs a",
        "a activate: 14 clean\n b activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   ask: verify a
            11s verify a: succeeded (true)
            11s   ask: activate b
            12s activate b: failed cleanly (io)
            12s   turn back: b failed (io)
            12s   give up a: Undeclared
            12s   end: stuck: a declares no undo; rolled back because b failed (io)
            14s activate a: failed cleanly (io)
        "#]],
    );
}

#[test]
fn a_late_success_after_the_end_reopens_the_account() {
    check(
        "a",
        "a activate: 30 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   turn back: a timed out
            10s   ask: undo a
            11s undo a: succeeded (true)
            11s   end: rolled back because a timed out
            30s activate a: succeeded (true)
            30s   give up a: LateSuccess
            30s   end: stuck: a succeeded after the end of the run; rolled back because a timed out
        "#]],
    );
}

#[test]
fn a_late_undo_strikes_its_residue_and_frees_what_was_held() {
    check(
        "a\n b needs a\n x\n y needs x\n c needs b,y",
        "c activate: 1 clean\n b undo: 12 ok\n y undo: 9 ok\n x undo: 9 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate x
            1s  activate a: succeeded (true)
            1s    ask: activate b
            1s  activate x: succeeded (true)
            1s    ask: activate y
            2s  activate b: succeeded (true)
            2s  activate y: succeeded (true)
            2s    ask: activate c
            3s  activate c: failed cleanly (io)
            3s    turn back: c failed (io)
            3s    ask: undo y
            3s    ask: undo b
            12s undo y: succeeded (true)
            12s   ask: undo x
            13s undo b: silence
            13s   hold a for b
            15s undo b: succeeded (true)
            15s   ask: undo a
            16s undo a: succeeded (true)
            21s undo x: succeeded (true)
            21s   end: rolled back because c failed (io)
        "#]],
    );
}

#[test]
fn a_late_undo_after_the_end_strikes_its_residue_and_asks_for_nothing() {
    check(
        "a\n b needs a\n c needs b",
        "c activate: 1 clean\n b undo: 12 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: succeeded (true)
            2s    ask: activate c
            3s  activate c: failed cleanly (io)
            3s    turn back: c failed (io)
            3s    ask: undo b
            13s undo b: silence
            13s   hold a for b
            13s   end: stuck: the undo of b timed out; kept up: a; rolled back because c failed (io)
            15s undo b: succeeded (true)
            15s   end: stuck; kept up: a; rolled back because c failed (io)
        "#]],
    );
}

#[test]
fn a_silence_between_heartbeats_is_a_time_out() {
    check(
        "a beats 4 settles",
        "a activate: 0 silent",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        4s  activate a: silence
        9s  activate a: settled
        9s    turn back: a timed out
        9s    ask: undo a
        10s undo a: succeeded (true)
        10s   end: rolled back because a timed out
    "#]],
    );
}

#[test]
fn a_heartbeat_postpones_the_time_out_up_to_that_of_the_attempt() {
    let mut run = Watched::new(Execution::start(Timestamp::from_secs(0), "r1", plan("a beats 4")));
    let effect = run.open[0].clone();
    for secs in [3, 6, 9] {
        assert_eq!(run.alarm(), Some(Timestamp::from_secs((secs + 1).min(10))));
        run.beat(Timestamp::from_secs(secs), &effect);
    }
    assert_eq!(run.alarm(), Some(Timestamp::from_secs(10)));
    assert_eq!(run.journal.len(), 2, "a heartbeat is never recorded");
}
