//! What comes before a step begins: its condition, and what it waits for.

use expect_test::expect;
use ptms_core::Timestamp;

use super::{check, line, ok};
use crate::tests::monitor::Watched;
use crate::tests::sketch::plan;
use crate::{Execution, Question};

#[test]
fn a_step_waits_for_a_signal_that_may_come_early() {
    check(
        "a\n b needs a awaits built\n c needs a awaits tested",
        "a activate: 5 ok\n at 2: signal built\n at 9: signal tested",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            2s  word: built has come
            5s  activate a: succeeded (true)
            5s    ask: activate b
            5s    c waits
            6s  activate b: succeeded (true)
            9s  word: tested has come
            9s    ask: activate c
            10s activate c: succeeded (true)
            10s   end: completed
        "#]],
    );
}

#[test]
fn a_step_waits_for_a_person_who_says_yes_or_no() {
    check(
        "a\n b needs a asks release\n c optional asks mail",
        "at 5: no mail\n at 6: yes release",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    c waits
            1s  activate a: succeeded (true)
            1s    b waits
            5s  word: no to mail
            6s  word: yes to release
            6s    ask: activate b
            7s  activate b: succeeded (true)
            7s    end: completed with failures: c was denied
        "#]],
    );
    check(
        "a\n b needs a asks release",
        "a activate: 5 ok\n at 2: no release",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        2s  word: no to release
        5s  activate a: succeeded (true)
        5s    b was denied before
        5s    turn back: b was denied
        5s    ask: undo a
        6s  undo a: succeeded (true)
        6s    end: rolled back because b was denied
    "#]],
    );
}

#[test]
fn a_step_waits_for_an_instant_or_at_most_so_long() {
    check(
        "a rests 7\n b asks release at-most 9",
        "",
        &expect![[r#"
        0s  r1 starts
        0s    a waits
        0s    b waits
        7s  a has waited
        7s    ask: activate a
        8s  activate a: succeeded (true)
        9s  b has waited
        9s    turn back: b waited in vain
        9s    ask: undo a
        10s undo a: succeeded (true)
        10s   end: rolled back because b waited in vain
    "#]],
    );
}

#[test]
fn a_wait_ends_with_the_way_up() {
    check(
        "a\n b rests 50\n c awaits built",
        "at 3: cancel",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        0s    b waits
        0s    c waits
        1s  activate a: succeeded (true)
        3s  word: cancel
        3s    turn back: it was cancelled
        3s    ask: undo a
        4s  undo a: succeeded (true)
        4s    end: cancelled and rolled back
    "#]],
    );
}

/// Each condition is asked for once, when the turn of its step comes; whoever needs a step that is skipped
/// is skipped too, and whoever only comes after it is not.
#[test]
fn a_condition_that_does_not_hold_skips_its_step_and_what_needs_it() {
    let plan = plan(
        "a when fail\n b needs a\n c after a\n d when skip\n e when run\n f when fail optional",
    );
    let now = Timestamp::from_secs(0);
    let mut run = Watched::new(Execution::start(now, "r1", plan));
    for (id, verdict) in [("a", Some(false)), ("d", None), ("e", None), ("f", None)] {
        run.judge(now, Question::Step(run.plan.find(id).unwrap()), verdict);
    }
    while let Some(effect) = run.open.first().cloned() {
        run.answer(now, &effect, ok());
    }
    let lines = run.journal.iter().map(|record| line(&run.plan, record));
    expect![[r#"
        0s  r1 starts
        0s    does the condition of a hold?
        0s    does the condition of d hold?
        0s    does the condition of e hold?
        0s    does the condition of f hold?
        0s  verdict on a: Some(false)
        0s    skip b for a
        0s    ask: activate c
        0s  verdict on d: None
        0s  verdict on e: None
        0s    ask: activate e
        0s  verdict on f: None
        0s  activate c: succeeded (true)
        0s  activate e: succeeded (true)
        0s    end: completed with failures: f has a condition that nobody could tell
    "#]]
    .assert_eq(&lines.collect::<String>());
}
