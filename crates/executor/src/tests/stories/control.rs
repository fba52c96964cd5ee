//! What people say of a run, and what follows from it.

use expect_test::expect;

use super::check;

#[test]
fn a_cancelled_run_awaits_what_is_under_way_and_is_rolled_back() {
    check(
        "collect\n review needs collect settles\n test needs collect\n ship needs review,test",
        "review activate: 0 silent\n test activate: 4 ok\n at 3: cancel\n at 4: cancel",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s    ask: activate test
            3s  word: cancel
            3s    turn back: it was cancelled
            4s  word: cancel
            5s  activate test: succeeded (true)
            5s    ask: undo test
            6s  undo test: succeeded (true)
            11s activate review: silence
            16s activate review: settled
            16s   ask: undo review
            17s undo review: succeeded (true)
            17s   ask: undo collect
            18s undo collect: succeeded (true)
            18s   end: cancelled and rolled back
        "#]],
    );
}

#[test]
fn a_cancelled_step_settles_and_is_not_counted_as_done() {
    check(
        "collect settles\n notify optional settles\n mail needs notify optional",
        "collect activate: 4 ok\n notify activate: 0 silent\n at 3: cancel collect\n at 3: cancel notify",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            0s    ask: activate notify
            3s  word: cancel collect
            3s  word: cancel notify
            4s  activate collect: succeeded (true)
            8s  activate notify: settled
            8s    ask: undo notify
            9s  undo notify: succeeded (true)
            9s    skip mail for notify
            9s    end: completed with failures: notify was cancelled
        "#]],
    );
}

#[test]
fn a_step_that_is_cancelled_before_it_begins_fails() {
    check(
        "collect\n notify needs collect optional\n report wants notify",
        "collect activate: 4 ok\n at 3: cancel notify",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            3s  word: cancel notify
            3s    ask: activate report
            4s  activate collect: succeeded (true)
            4s  activate report: succeeded (true)
            4s    end: completed with failures: notify was cancelled
        "#]],
    );
}

#[test]
fn a_paused_run_begins_nothing_and_hears_everything() {
    check(
        "collect\n review needs collect verify",
        "collect activate: 4 ok\n at 3: pause\n at 20: resume",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            3s  word: pause run
            4s  activate collect: succeeded (true)
            20s word: resume run
            20s   ask: activate review
            21s activate review: succeeded (true)
            21s   ask: verify review
            22s verify review: succeeded (true)
            22s   end: completed
        "#]],
    );
}

#[test]
fn a_paused_step_is_not_undone_and_keeps_what_it_needs() {
    check(
        "collect\n review needs collect\n ship needs review\n test",
        "ship activate: 4 clean\n at 3: pause review\n at 20: resume review",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            0s    ask: activate test
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s  activate test: succeeded (true)
            2s  activate review: succeeded (true)
            2s    ask: activate ship
            3s  word: pause review
            6s  activate ship: failed cleanly (io)
            6s    turn back: ship failed (io)
            6s    ask: undo test
            7s  undo test: succeeded (true)
            20s word: resume review
            20s   ask: undo review
            21s undo review: succeeded (true)
            21s   ask: undo collect
            22s undo collect: succeeded (true)
            22s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn a_completed_run_is_undone_on_request() {
    check(
        "collect\n review needs collect",
        "at 10: undo",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        1s  activate collect: succeeded (true)
        1s    ask: activate review
        2s  activate review: succeeded (true)
        2s    end: completed
        10s word: undo
        10s   turn back: its undo was asked for
        10s   ask: undo review
        11s undo review: succeeded (true)
        11s   ask: undo collect
        12s undo collect: succeeded (true)
        12s   end: rolled back because its undo was asked for
    "#]],
    );
}

#[test]
fn what_is_stuck_is_tried_again_by_the_word_of_a_person() {
    check(
        "base\n data needs base\n ship needs data",
        "ship activate: 1 clean\n data undo: 1 failed\n data undo: 1 failed\n at 20: retry data\n at 30: retry data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    ask: undo data
            4s  undo data: failed (io)
            4s    hold base for data
            4s    end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
            20s word: Retry data
            20s   ask: undo data, again
            21s undo data, again: failed (io)
            21s   end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
            30s word: Retry data
            30s   ask: undo data, again
            31s undo data, again: succeeded (true)
            31s   ask: undo base
            32s undo base: succeeded (true)
            32s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn what_a_person_saw_to_frees_what_was_held() {
    check(
        "base\n data needs base undo undeclared\n ship needs data",
        "ship activate: 1 clean\n at 20: undone data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    give up data: Undeclared
            3s    hold base for data
            3s    end: stuck: data declares no undo; kept up: base; rolled back because ship failed (io)
            20s word: Undone data
            20s   ask: undo base
            21s undo base: succeeded (true)
            21s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn what_a_person_accepts_stays_with_what_it_needs() {
    check(
        "base\n data needs base undo undeclared\n other undo undeclared\n ship needs data,other",
        "ship activate: 1 clean\n at 20: accept data\n at 21: accept other",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate other
            1s  activate base: succeeded (true)
            1s    ask: activate data
            1s  activate other: succeeded (true)
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    give up other: Undeclared
            3s    give up data: Undeclared
            3s    hold base for data
            3s    end: stuck: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
            20s word: Accept data
            20s   end: stuck: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
            21s word: Accept other
            21s   end: accepted: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
        "#]],
    );
}
