//! What a firing does while runs of its trigger go on, and what the end of a trigger does to them.

use expect_test::expect;
use ptms::{Event, Input, Outcome};

use crate::story::{DONE, Story};

/// A rule that fires at every second event or so, with `response` on top.
fn story(response: &str) -> Story {
    Story::of(&format!(
        r#"
            [event.alarm]

            [[rule]]
            id      = "alarm"
            when    = 'count("alarm", "1s") >= 1'
            systems = ["guard"]
            {response}

            [system.guard]
            undo = "recall"
        "#
    ))
}

fn alarms(mut story: Story, seconds: impl IntoIterator<Item = i64>) -> Story {
    for second in seconds {
        story = story.input(second, Input::Event(Event::new("alarm")));
    }
    story
}

#[test]
fn a_queue_runs_one_after_the_other_and_has_an_end() {
    alarms(story("mode = \"queue\"\nmax = 2"), [0, 2, 4, 6])
        .answer(7, DONE)
        .answer(8, Outcome::Failed { class: "no".into(), clean: true })
        .answer(9, DONE)
        .check(&expect![[r#"
            0   fired alarm 
            0   started alarm@0
            0   please activate guard for step guard
            0   wait for 1.000000000
            2   alarm  because condition_false
            2   fired alarm 
            2   alarm waits for alarm@0
            2   wait for 3.000000000
            4   alarm  because condition_false
            4   fired alarm 
            4   alarm waits for alarm@0
            4   wait for 5.000000000
            6   alarm  because condition_false
            6   fired alarm 
            6   dropped alarm, alarm@0 goes on
            6   wait for 7.000000000
            7   host: guard succeeded
            7   ended alarm@0: completed
            7   started alarm@2000000000
            7   please activate guard for step guard
            7   wait for 7.000000000
            8   host: guard failed cleanly (no)
            8   alarm  because condition_false
            8   ended alarm@2000000000: rolled back because guard failed (no)
            8   started alarm@4000000000
            8   please activate guard for step guard
            8   wait for 308.000000000
            9   host: guard succeeded
            9   ended alarm@4000000000: completed
            9   wait for an input
        "#]]);
}

#[test]
fn runs_side_by_side() {
    alarms(story("mode = \"parallel\"\nmax = 2"), [0, 2, 4]).answer(5, DONE).answer(6, DONE).check(
        &expect![[r#"
            0   fired alarm 
            0   started alarm@0
            0   please activate guard for step guard
            0   wait for 1.000000000
            2   alarm  because condition_false
            2   fired alarm 
            2   started alarm@2000000000
            2   please activate guard for step guard
            2   wait for 3.000000000
            4   alarm  because condition_false
            4   fired alarm 
            4   dropped alarm, alarm@0 goes on
            4   wait for 5.000000000
            5   host: guard succeeded
            5   ended alarm@0: completed
            5   wait for 5.000000000
            6   host: guard succeeded
            6   alarm  because condition_false
            6   ended alarm@2000000000: completed
            6   wait for an input
        "#]],
    );
}

/// The run that goes on is undone first; of the firings that come meanwhile the last one counts.
#[test]
fn a_restart_undoes_first_and_keeps_the_latest() {
    alarms(story("mode = \"restart\""), [0, 2, 4])
        .answer(5, DONE)
        .answer(6, DONE)
        .answer(7, DONE)
        .check(&expect![[r#"
            0   fired alarm 
            0   started alarm@0
            0   please activate guard for step guard
            0   wait for 1.000000000
            2   alarm  because condition_false
            2   fired alarm 
            2   alarm waits for alarm@0
            2   give up alarm@0/0/activate/0
            2   wait for 3.000000000
            4   alarm  because condition_false
            4   fired alarm 
            4   dropped alarm, alarm@0 goes on
            4   alarm waits for alarm@0
            4   wait for 5.000000000
            5   host: guard succeeded
            5   please undo guard for step guard by recall
            5   wait for 5.000000000
            6   host: guard succeeded
            6   alarm  because condition_false
            6   ended alarm@0: cancelled and rolled back
            6   started alarm@4000000000
            6   please activate guard for step guard
            6   wait for 306.000000000
            7   host: guard succeeded
            7   ended alarm@4000000000: completed
            7   wait for an input
        "#]]);
}

#[test]
fn the_end_of_a_trigger_cancels_its_runs_and_what_waits() {
    alarms(story("mode = \"queue\"\non_resolve = \"cancel\""), [0])
        .input(1, Input::Wake)
        .answer(2, DONE)
        .answer(3, DONE)
        .check(&expect![[r#"
            0   fired alarm 
            0   started alarm@0
            0   please activate guard for step guard
            0   wait for 1.000000000
            1   alarm  because condition_false
            1   give up alarm@0/0/activate/0
            1   wait for 300.000000000
            2   host: guard succeeded
            2   please undo guard for step guard by recall
            2   wait for 302.000000000
            3   host: guard succeeded
            3   ended alarm@0: cancelled and rolled back
            3   wait for an input
        "#]]);
}

/// A step whose condition is false is skipped; one whose condition is unknown does what it says of that.
#[test]
fn steps_with_conditions() {
    let book = r#"
        [context]
        load = "float"
        calm = "bool"

        [[rule]]
        id       = "busy"
        when     = "ctx.load > 0.9"
        workflow = "mend"

        [system.guard]
        undo = "nothing"

        [[workflow.mend.step]]
        id     = "calm"
        system = "guard"
        when   = "ctx.calm"

        [[workflow.mend.step]]
        id         = "hope"
        system     = "guard"
        when       = "ctx.calm"
        on_unknown = "run"
        critical   = false

        [[workflow.mend.step]]
        id     = "help"
        system = "guard"
        after  = ["calm"]
        when   = "ctx.load > 0.5"
    "#;
    let busy = || Input::Set(vec![("load".into(), 0.95.into())]);
    let calm = |calm: bool| Input::Set(vec![("calm".into(), calm.into())]);
    Story::of(book).input(0, calm(false)).input(1, busy()).answer(2, DONE).check(&expect![[r#"
        0   wait for an input
        1   fired busy 
        1   started busy@1000000000
        1   calm: `ctx.calm` is Some(false)
        1   hope: `ctx.calm` is Some(false)
        1   help: `ctx.load > 0.5` is Some(true)
        1   please activate guard for step help
        1   wait for 301.000000000
        2   host: help succeeded
        2   ended busy@1000000000: completed
        2   wait for an input
    "#]]);
    Story::of(book).input(1, busy()).check(&expect![[r#"
        1   fired busy 
        1   started busy@1000000000
        1   calm: `ctx.calm` is None
        1   ended busy@1000000000: rolled back because calm has a condition that nobody could tell
        1   wait for an input
    "#]]);
}
