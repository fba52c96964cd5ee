//! The way back, and what stays.

use expect_test::expect;

use super::check;

#[test]
fn a_critical_step_fails_and_all_is_undone_in_reverse() {
    check(
        "collect\n review needs collect\n test needs collect\n ship needs review,test",
        "ship activate: 2 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s    ask: activate test
            2s  activate review: succeeded (true)
            2s  activate test: succeeded (true)
            2s    ask: activate ship
            4s  activate ship: failed (io)
            4s    turn back: ship failed (io)
            4s    ask: undo ship
            5s  undo ship: succeeded (true)
            5s    ask: undo test
            5s    ask: undo review
            6s  undo test: succeeded (true)
            6s  undo review: succeeded (true)
            6s    ask: undo collect
            7s  undo collect: succeeded (true)
            7s    end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn effects_under_way_are_awaited_and_then_undone() {
    check(
        "slow\n fast\n next needs fast",
        "slow activate: 4 ok\n fast activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate fast
            0s    ask: activate slow
            1s  activate fast: failed cleanly (io)
            1s    turn back: fast failed (io)
            4s  activate slow: succeeded (true)
            4s    ask: undo slow
            5s  undo slow: succeeded (true)
            5s    end: rolled back because fast failed (io)
        "#]],
    );
}

#[test]
fn a_success_that_no_verification_confirms_is_undone() {
    check(
        "collect verify",
        "collect verify: 1 unknown\n collect verify: 1 failed\n collect verify: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: verify collect
            2s  verify collect: unknown
            2s    ask: verify collect, again
            3s  verify collect, again: failed (io)
            3s    ask: verify collect, again
            4s  verify collect, again: unknown
            4s    turn back: collect was not confirmed
            4s    ask: undo collect
            5s  undo collect: succeeded (true)
            5s    end: rolled back because collect was not confirmed
        "#]],
    );
}

#[test]
fn a_success_that_a_verification_denies_is_undone_at_once() {
    check(
        "collect verify",
        "collect verify: 1 no",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: verify collect
            2s  verify collect: succeeded (false)
            2s    turn back: collect was not confirmed
            2s    ask: undo collect
            3s  undo collect: succeeded (true)
            3s    end: rolled back because collect was not confirmed
        "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_named_and_what_it_needs_is_held() {
    check(
        "base\n data needs base\n cache after data\n ship needs data,cache",
        "ship activate: 1 clean\n data undo: 1 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate cache
            3s  activate cache: succeeded (true)
            3s    ask: activate ship
            4s  activate ship: failed cleanly (io)
            4s    turn back: ship failed (io)
            4s    ask: undo cache
            5s  undo cache: succeeded (true)
            5s    ask: undo data
            6s  undo data: failed (io)
            6s    hold base for data
            6s    end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn an_undeclared_undo_is_residue_and_nothing_is_not() {
    check(
        "a\n b needs a undo nothing\n c undo undeclared\n d needs b,c",
        "d activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate c
            1s  activate a: succeeded (true)
            1s    ask: activate b
            1s  activate c: succeeded (true)
            2s  activate b: succeeded (true)
            2s    ask: activate d
            3s  activate d: failed cleanly (io)
            3s    turn back: d failed (io)
            3s    give up c: Undeclared
            3s    nothing to reverse of b
            3s    ask: undo a
            4s  undo a: succeeded (true)
            4s    end: stuck: c declares no undo; rolled back because d failed (io)
        "#]],
    );
}

#[test]
fn an_optional_step_that_cannot_be_undone_leaves_the_run_stuck_with_the_rest_up() {
    check(
        "a optional\n b",
        "a activate: 1 failed\n a undo: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate b
            1s  activate a: failed (io)
            1s    ask: undo a
            1s  activate b: succeeded (true)
            2s  undo a: unknown
            2s    end: stuck: the undo of a had an unknown outcome; went on although a failed (io)
        "#]],
    );
}

#[test]
fn a_pivot_stays_with_what_it_needs_and_the_rest_is_undone() {
    check(
        "base\n side\n data needs base undo pivot\n after needs data\n ship needs after,side",
        "ship activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate side
            1s  activate base: succeeded (true)
            1s    ask: activate data
            1s  activate side: succeeded (true)
            2s  activate data: succeeded (true)
            2s    ask: activate after
            3s  activate after: succeeded (true)
            3s    ask: activate ship
            4s  activate ship: failed cleanly (io)
            4s    turn back: ship failed (io)
            4s    ask: undo side
            4s    ask: undo after
            5s  undo side: succeeded (true)
            5s  undo after: succeeded (true)
            5s    give up data: Pivot
            5s    hold base for data
            5s    end: stuck: there is no way back beyond data; kept up: base; rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn an_undo_that_stops_the_rollback_keeps_the_rest_until_a_person_decides() {
    check(
        "base\n side\n data stops\n ship needs data,side,base",
        "ship activate: 1 clean\n side undo: 2 ok\n data undo: 1 failed\n base undo: 2 ok\n at 20: undone data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate data
            0s    ask: activate side
            1s  activate base: succeeded (true)
            1s  activate data: succeeded (true)
            1s  activate side: succeeded (true)
            1s    ask: activate ship
            2s  activate ship: failed cleanly (io)
            2s    turn back: ship failed (io)
            2s    ask: undo side
            2s    ask: undo data
            2s    ask: undo base
            3s  undo data: failed (io)
            4s  undo side: succeeded (true)
            4s  undo base: succeeded (true)
            4s    end: stuck: the undo of data failed (io); rolled back because ship failed (io)
            20s word: Undone data
            20s   end: rolled back because ship failed (io)
        "#]],
    );
}
