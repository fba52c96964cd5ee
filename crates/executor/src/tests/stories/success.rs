//! Whether a run has done what it was for.

use expect_test::expect;

use super::check;

/// What a run was for is asked once all steps have ended.
#[test]
fn a_criterion_that_is_not_true_is_named_in_the_end() {
    check(
        "a\n b optional after a\n success ctx.up\n success ctx.fast",
        "b activate: 1 clean\n ctx.up: 2 no\n ctx.fast: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: failed cleanly (io)
            2s    is it true that ctx.fast?
            2s    is it true that ctx.up?
            3s  ctx.fast: None
            4s  ctx.up: Some(false)
            4s    end: completed with failures: b failed (io), nobody could tell whether `ctx.fast`, `ctx.up` is not true
        "#]],
    );
}

#[test]
fn a_run_that_is_what_it_was_for_completes() {
    check(
        "a\n required ctx.up",
        "",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        2s  ctx.up: Some(true)
        2s    end: completed
    "#]],
    );
}

#[test]
fn a_required_criterion_that_is_not_true_turns_the_run_back() {
    check(
        "a\n required ctx.up\n success ctx.zoom",
        "ctx.up: 1 unknown",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        1s    is it true that ctx.zoom?
        2s  ctx.up: None
        2s    turn back: nobody could tell whether `ctx.up`
        2s    ask: undo a
        3s  undo a: succeeded (true)
        3s    end: rolled back because nobody could tell whether `ctx.up`
    "#]],
    );
    check(
        "a undo pivot\n b needs a\n required ctx.up",
        "ctx.up: 1 no",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    ask: activate b
        2s  activate b: succeeded (true)
        2s    is it true that ctx.up?
        3s  ctx.up: Some(false)
        3s    turn back: `ctx.up` is not true
        3s    ask: undo b
        4s  undo b: succeeded (true)
        4s    give up a: Pivot
        4s    end: stuck: there is no way back beyond a; rolled back because `ctx.up` is not true
    "#]],
    );
}

/// What was asked is idle once the run is cancelled.
#[test]
fn a_cancel_ends_the_questions() {
    check(
        "a\n success ctx.up",
        "ctx.up: 9 no\n at 3: cancel",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        3s  word: cancel
        3s    turn back: it was cancelled
        3s    ask: undo a
        4s  undo a: succeeded (true)
        4s    end: cancelled and rolled back
    "#]],
    );
}
