//! When steps are done, how often, on what they are given, and what has no way back.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use pso_graph::{Pass, Plan, StepId};

use crate::book::{brief, catalog, render, request};

fn planned(declarations: &str, words: &str) -> Plan {
    catalog(declarations).unwrap().plan(&request(words)).unwrap()
}

/// The faults of the declarations.
fn refused(declarations: &str, expected: Expect) {
    expected.assert_eq(&render(&catalog(declarations).unwrap_err()));
}

/// What is remarked on in the plan of the workflow.
fn findings(declarations: &str, expected: Expect) {
    expected.assert_eq(&render(&planned(declarations, "@w").findings()));
}

const MIGRATION: &str = "
system db undo=stop
system app undo=stop
system backup undo=remove
workflow w
step save backup
step up db
step migrate-db db undo=pivot: needs up, after save
step serve app: needs migrate-db
step announce app retry=3p: needs serve";

#[test]
fn beyond_a_pivot_there_is_no_way_back() {
    findings(
        MIGRATION,
        expect![[r#"
        E0508 beyond `migrate-db` there is no way back, and if `serve` fails the run ends stuck
            line 9: 
            help: let it wait for a person instead: `retry = { max = 3, on_exhaustion = "pause" }`
    "#]],
    );
    let plan = planned(MIGRATION, "@w");
    let ids = |ids: &[StepId]| -> Vec<String> {
        ids.iter().map(|id| plan.step(*id).unwrap().id.to_string()).collect()
    };
    let back = |started: &[&str]| -> Vec<Vec<String>> {
        let started = started.iter().map(|id| plan.find(id).unwrap()).collect();
        plan.way_back(&started).iter().map(|group| ids(group)).collect()
    };
    assert_eq!(back(&["save", "up"]), [["up", "save"]]);
    assert_eq!(back(&["save", "up", "migrate-db", "serve"]), [["serve"], ["save"]]);
    let all: BTreeSet<StepId> = plan.ids().collect();
    assert_eq!(ids(&Vec::from_iter(plan.stays(&all))), ["up", "migrate-db"]);
    let text = plan.to_text();
    let (_, text) = text.split_once("the way back").unwrap();
    expect![[r#"
        , once everything is up
          1.  announce
          2.  serve
          3.  save

        beyond migrate-db there is no way back: once it is up, or may be, it stays, with
        all that it needs
    "#]]
    .assert_eq(text);
}

#[test]
fn what_nobody_can_undo() {
    findings(
        "system A undo=undeclared\nsystem B undo=undeclared\nworkflow w\nstep a A\nstep b B undo=stop\nstep c B",
        expect![[r#"
            E0508 a rollback across `a` and `c` ends stuck: nobody has said how to undo them
                line 4: 
                help: name the action: `undo = "restore"`; or say "nothing", or "pivot" where there is no way back
        "#]],
    );
}

#[test]
fn time_limits_of_steps() {
    findings(
        "
system A
workflow w
step a A estimate=20m timeout=30m step_timeout=10m
step b A retry=5 step_timeout=3m",
        expect![[r#"
            E0507 step `a` is expected to take 20m, but is given up after 10m
                line 4: 
            E0507 step `b` waits 4m between its 5 attempts, but is given up after 3m
                line 5: 
        "#]],
    );
}

#[test]
fn what_steps_can_be_given() {
    let plan = planned(
        "
system A
workflow w params=hosts/list,service
step a A
step b A input.log=step.a.output.path input.service=param.service input.token=secret.key: needs a
step c A for_each=param.hosts max=3 input.host=item input.log=step.a.output: needs b",
        "@w",
    );
    expect![[r#"
        plan w: 3 steps in 3 waves

        wave 1
          a  A  step of the workflow; nothing to undo

        wave 2
          b  A  step of the workflow; nothing to undo
              given log = step.a.output.path, service = param.service, token =
              secret.key
              needs a (book.toml:5)

        wave 3
          c  A  step of the workflow; nothing to undo
              for each of param.hosts, at most 3
              given host = item, log = step.a.output
              needs b (book.toml:6)

        the way back, once everything is up
          1.  c
          2.  b
          3.  a
    "#]]
    .assert_eq(&plan.to_text());
}

#[test]
fn what_steps_cannot_be_given() {
    refused(
        "
system A
workflow w params=service
step a A input.x=param.servce input.y=item input.z=step.a.output
step b A input.x=step.aa.output for_each=param.service max=3
step c A for_each=item max=3
step d A for_each=param.hosts max=0
step e A retry=0
workflow v
step a A input.x=param.service",
        expect![[r#"
            E0201 step `a` of workflow `v` is given `param.service`, but the workflow has no such parameter
                help: declare it: `params = { service = "string" }`
            E0201 step `a` of workflow `w` is given `param.servce`, but the workflow has no such parameter
                help: did you mean `service`?
            E0201 step `b` of workflow `w` is given `step.aa.output`, but the workflow has no such step
                help: did you mean `a`?
            E0201 step `d` of workflow `w` is given `param.hosts`, but the workflow has no such parameter
            E0305 step `b` of workflow `w` is done for each of `param.service`, which is of type string
                help: `for_each` takes a list
            E0502 step `a` of workflow `w` is given `step.a.output`, but that is the step itself
            E0503 step `a` of workflow `w` is given `item`, but is not done for each of a list
                help: say of which: `for_each = "param.hosts"` and `max = 20`
            E0503 step `c` of workflow `w` is done for each of `item`, which is one of a list itself
                line 6: 
            E0503 step `d` of workflow `w` is done for a list of which the most items are not 1 to 10000
                line 7: 
            E0110 step `e` of workflow `w` has a retry beyond its limits: 1 to 1000 attempts, and at most 1000 thousandths of jitter
                line 8: 
        "#]],
    );
    // What is given must be needed, or it may not be there.
    refused(
        "
system A
workflow w
step a A
step b A: needs a
step c A input.x=step.a.output: after b
step d A input.x=step.a.output: needs b",
        expect![[r#"
            E0503 step `c` is given `step.a.output`, but does not need `a`, so it may not be there
                line 6: 
                help: say that it needs it: `needs = ["a"]`
        "#]],
    );
}

#[test]
fn a_gate_only_waits() {
    let plan = planned(
        "
system A undo=stop
workflow w deadline=20m
step a A estimate=1m
gate ask wait=approval/release: needs a
gate cool wait=timer/5m: needs ask
step b A estimate=1m wait=timer/2m: needs cool",
        "@w",
    );
    expect![[r#"
        plan w: 4 steps in 4 waves

        wave 1
          a     A  step of the workflow; undo stop

        wave 2
          ask      step of the workflow; nothing to undo
              waits for approval `release`
              needs a (book.toml:5)

        wave 3
          cool     step of the workflow; nothing to undo
              waits for 5m
              needs ask (book.toml:6)

        wave 4
          b     A  step of the workflow; undo stop
              waits for 2m
              needs cool (book.toml:7)

        the way back, once everything is up
          1.  b
          2.  cool
          3.  ask
          4.  a
    "#]]
    .assert_eq(&plan.to_text());
    let schedule = plan.schedule(Pass::Parallel);
    let starts: Vec<String> = schedule.slots.iter().map(|slot| slot.start.to_string()).collect();
    assert_eq!(starts, ["0s", "1m", "2m", "7m"]);
    assert_eq!(schedule.makespan.to_string(), "10m");
    let assumed: Vec<&str> =
        schedule.assumed.iter().map(|id| plan.step(*id).unwrap().id.as_str()).collect();
    assert_eq!(assumed, ["ask"]);
    refused(
        "system A\nworkflow w\ngate a\ngate b wait=timer/5m undo=stop retry=3",
        expect![[r#"
            E0503 step `a` of workflow `w` neither activates a system nor waits
                line 3: 
            E0503 step `b` of workflow `w` only waits, so `retry` means nothing in it
                line 4: 
                help: say which system it activates, or leave it out; `wait` has a `deadline`
            E0503 step `b` of workflow `w` only waits, so `undo` means nothing in it
                line 4: 
                help: say which system it activates, or leave it out; `wait` has a `deadline`
        "#]],
    );
}

#[test]
fn a_list_is_scheduled_at_its_longest() {
    let check = |declarations: &str, expected: (u32, &str, u64)| {
        let plan = planned(declarations, "@w");
        let step = plan.find("a").unwrap();
        let schedule = plan.schedule(Pass::Parallel);
        let peak = schedule.pools.first().map_or(0, |pool| pool.peak);
        assert_eq!((plan.width(step), schedule.makespan.to_string().as_str(), peak), expected);
    };
    let step = "workflow w params=hosts/list\nstep a A estimate=1m for_each=param.hosts max=7";
    check(&format!("system A\n{step}"), (7, "1m", 0));
    check(&format!("pool cpu 9\nsystem A: uses cpu 4\n{step}"), (2, "4m", 8));
    check(&format!("system A: exclusive repo\n{step}"), (1, "7m", 0));
    refused(
        &format!("pool mem 13\nsystem A: holds mem 2\n{step}"),
        expect![[r#"
        E0505 the steps of the plan hold 14 of pool `mem` together, which has 13: `a` 7 times 2
            line 1: the pool
            help: what is held is held until it is undone: ask for fewer systems at once
    "#]],
    );
}

#[test]
fn what_is_only_wanted_can_be_left_out() {
    let catalog =
        catalog("system A: wants B, needs C\nsystem B\nsystem C: wants D\nsystem D").unwrap();
    let plan = catalog.plan(&request("A").needs_only()).unwrap();
    expect![[r#"
        0 C=C, needed by A
        1 A=A, named; needs C
    "#]]
    .assert_eq(&brief(&plan));
}
