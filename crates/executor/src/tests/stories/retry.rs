//! What failed and is tried again, and what is not.

use expect_test::expect;

use super::check;

#[test]
fn a_clean_failure_is_tried_again_anew_after_growing_waits() {
    check(
        "collect retry 4,2,exponential\n review needs collect",
        "collect activate: 1 clean\n collect activate: 1 clean\n collect activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: failed cleanly (io)
            1s    try collect anew in 2s
            3s  collect has waited
            3s    ask: activate collect, anew
            4s  activate collect, anew: failed cleanly (io)
            4s    try collect anew in 4s
            8s  collect has waited
            8s    ask: activate collect, anew
            9s  activate collect, anew: failed cleanly (io)
            9s    try collect anew in 8s
            17s collect has waited
            17s   ask: activate collect, anew
            18s activate collect, anew: succeeded (true)
            18s   ask: activate review
            19s activate review: succeeded (true)
            19s   end: completed
        "#]],
    );
}

#[test]
fn what_may_be_there_is_undone_before_it_is_begun_anew() {
    check(
        "collect settles retry 2,3,linear",
        "collect activate: 0 silent",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        10s activate collect: silence
        15s activate collect: settled
        15s   try collect anew in 3s
        15s   ask: undo collect
        16s undo collect: succeeded (true)
        18s collect has waited
        18s   ask: activate collect, anew
        19s activate collect, anew: succeeded (true)
        19s   end: completed
    "#]],
    );
}

#[test]
fn what_is_idempotent_is_repeated_under_the_same_key_while_nothing_is_known() {
    check(
        "collect idempotent retry 3,2,linear",
        "collect activate: 1 unknown\n collect activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: unknown
            1s    try collect again in 2s
            3s  collect has waited
            3s    ask: activate collect, again
            4s  activate collect, again: failed cleanly (io)
            4s    try collect again in 4s
            8s  collect has waited
            8s    ask: activate collect, again
            9s  activate collect, again: succeeded (true)
            9s    end: completed
        "#]],
    );
}

#[test]
fn a_late_success_ends_a_back_off() {
    check(
        "collect idempotent settles retry 3,20,constant",
        "collect activate: 17 ok",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        10s activate collect: silence
        15s activate collect: settled
        15s   try collect again in 20s
        17s activate collect: succeeded (true)
        17s   end: completed
    "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_not_begun_anew() {
    check(
        "collect retry 3,1,constant",
        "collect activate: 1 failed\n collect undo: 1 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: failed (io)
            1s    try collect anew in 1s
            1s    ask: undo collect
            2s  undo collect: failed (io)
            2s    turn back: collect failed (io)
            2s    end: stuck: the undo of collect failed (io); rolled back because collect failed (io)
        "#]],
    );
}

#[test]
fn attempts_end_by_number_by_time_and_by_class() {
    check(
        "a retry 2,1,constant",
        "a activate: 1 clean\n a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 1s
        2s  a has waited
        2s    ask: activate a, anew
        3s  activate a, anew: failed cleanly (io)
        3s    no more tries of a
        3s    turn back: a failed (io)
        3s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,4,constant total 5",
        "a activate: 1 clean\n a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 4s
        5s  a has waited
        5s    ask: activate a, anew
        6s  activate a, anew: failed cleanly (io)
        6s    no more tries of a
        6s    turn back: a failed (io)
        6s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,1,constant gives-up io",
        "a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    no more tries of a
        1s    turn back: a failed (io)
        1s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,1,constant within 15",
        "a activate: 1 clean\n a activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: failed cleanly (io)
            1s    try a anew in 1s
            2s  a has waited
            2s    ask: activate a, anew
            12s activate a, anew: silence
            12s activate a, anew: settled
            12s   try a anew in 1s
            12s   ask: undo a
            13s undo a: succeeded (true)
            13s   ask: activate a, anew
            14s activate a, anew: succeeded (true)
            14s   end: completed
        "#]],
    );
}

#[test]
fn a_step_that_is_exhausted_waits_for_a_person() {
    check(
        "a retry 2,1,constant pauses",
        "a activate: 1 clean\n a activate: 1 clean\n a activate: 1 clean\n at 10: resume a",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: failed cleanly (io)
            1s    try a anew in 1s
            2s  a has waited
            2s    ask: activate a, anew
            3s  activate a, anew: failed cleanly (io)
            3s    a is exhausted and waits
            10s word: resume a
            10s   try a anew
            10s   ask: activate a, anew
            11s activate a, anew: failed cleanly (io)
            11s   try a anew in 1s
            12s a has waited
            12s   ask: activate a, anew
            13s activate a, anew: succeeded (true)
            13s   end: completed
        "#]],
    );
}

#[test]
fn a_step_is_cancelled_in_its_back_off() {
    check(
        "a retry 2,5,constant",
        "a activate: 1 clean\n at 3: cancel a",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 5s
        3s  word: cancel a
        3s    turn back: a was cancelled
        3s    end: rolled back because a was cancelled
    "#]],
    );
}

#[test]
fn an_undo_is_tried_again_under_the_same_key() {
    check(
        "a undo-retry 3,2,linear settles\n b needs a",
        "b activate: 1 clean\n a undo: 1 failed\n a undo: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: failed cleanly (io)
            2s    turn back: b failed (io)
            2s    ask: undo a
            3s  undo a: failed (io)
            3s    try the undo of a again in 2s
            5s  a has waited
            5s    ask: undo a, again
            15s undo a, again: silence
            15s   try the undo of a again in 5s
            20s a has waited
            20s   ask: undo a, again
            21s undo a, again: succeeded (true)
            21s   end: rolled back because b failed (io)
        "#]],
    );
}
