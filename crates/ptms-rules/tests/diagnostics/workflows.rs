//! Workflows: how steps are done, on what, and what their conditions may speak of.

use expect_test::expect;
use ptms_core::Sources;
use ptms_core::step::{Awaited, Does, Source};
use ptms_core::{Backoff, Duration, Exhaustion, OnUndoFailure, Undo};
use ptms_rules::Rulebook;

use crate::check;

#[test]
fn everything_that_a_step_can_say() {
    let text = r#"
        [context]
        phase = "string"

        [system.PDT]
        retry           = { max = 5, backoff = "exponential", base = "1s", cap = "1m", total = "10m", jitter = 0.2, give_up_on = ["refused"], on_exhaustion = "pause" }
        undo            = "pivot"
        undo_retry      = { max = 2 }
        on_undo_failure = "stop"
        step_timeout    = "20m"
        heartbeat       = "10s"

        [workflow.emergency]
        params  = { service = "string?", hosts = { type = "list", item = "string", max_len = 9 } }
        success = ['ctx.phase == "done"', { when = 'has(param.service)', required = true }]

        [[workflow.emergency.step]]
        id       = "collect"
        system   = "PDT"
        when     = 'ctx.phase != "deployment" && param.service == "api"'
        on_unknown = "skip"
        for_each = "param.hosts"
        max      = 9
        input    = { host = "item", service = "param.service", tries = 3, key = "secret.token", mode = { value = "fast" } }

        [[workflow.emergency.step]]
        id   = "ask"
        wait = { approval = "release", deadline = "1h" }

        [[workflow.emergency.step]]
        id     = "read"
        system = "PDT"
        needs  = ["collect"]
        input  = { log = "step.collect.output.path" }
    "#;
    let book = Rulebook::load(&Sources::from_iter([("rules.toml", text)])).unwrap();
    let pdt = &book.systems[0];
    let retry = pdt.retry.as_ref().unwrap();
    assert_eq!((retry.max, retry.backoff, retry.jitter_permille), (5, Backoff::Exponential, 200));
    assert_eq!(retry.on_exhaustion, Exhaustion::Pause);
    assert_eq!((&pdt.undo, pdt.on_undo_failure), (&Undo::Pivot, OnUndoFailure::Stop));
    assert_eq!(pdt.heartbeat, Some(Duration::from_secs(10)));
    let workflow = &book.workflows[0];
    assert_eq!(workflow.params.len(), 2);
    let required: Vec<bool> = workflow.success.iter().map(|one| one.required).collect();
    assert_eq!(required, [false, true]);
    let [collect, ask, read] = &workflow.steps[..] else { panic!("three steps") };
    let given = |name: &str| collect.input.get(name).unwrap().source.to_string();
    let names = ["host", "service", "tries", "key", "mode"];
    assert_eq!(names.map(given), ["item", "param.service", "3", "secret.token", "\"fast\""]);
    assert_eq!(ask.does, Does::Nothing);
    assert_eq!(ask.wait.as_ref().unwrap().awaited, Awaited::Approval("release".into()));
    let path = vec!["path".into()];
    let source = Source::Output { step: "collect".into(), path };
    assert_eq!(read.input.get("log").unwrap().source, source);
}

#[test]
fn retries_and_time_limits() {
    check(
        r#"
[system.A]
retry = { backoff = "expo" }
undo_retry = { max = 3, on_exhaustion = "pause" }
on_undo_failure = "wait"
timeout = "1m"
step_timeout = "30s"
heartbeat = "2m"

[system.B]
retry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
undo_retry = { max = 3, base = "2m", cap = "1m" }
heartbeat = "0s"
"#,
        expect![[r#"
            error E0105: `retry` has no `max`
              rules.toml:3:9
                retry = { backoff = "expo" }
                        ^^^^^^^^^^^^^^^^^^^^
              help: say how many attempts there are in all: `max = 3`
            error E0109: `backoff` cannot be "expo"
              rules.toml:3:21
                retry = { backoff = "expo" }
                                    ^^^^^^
              help: `backoff` is "constant", "linear" or "exponential"
            error E0109: an undo cannot pause: a rollback in which it fails ends stuck, and waits for a person anyway
              rules.toml:4:14
                undo_retry = { max = 3, on_exhaustion = "pause" }
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: leave `on_exhaustion` out
            error E0109: `on_undo_failure` cannot be "wait"
              rules.toml:5:19
                on_undo_failure = "wait"
                                  ^^^^^^
              help: `on_undo_failure` is "continue" or "stop"
            error E0109: `step_timeout` is 30s, but the first attempt alone may take 1m
              rules.toml:7:16
                step_timeout = "30s"
                               ^^^^^
              help: make it at least as long as `timeout`
            error E0109: `heartbeat` is 2m, but an attempt times out after 1m anyway
              rules.toml:8:13
                heartbeat = "2m"
                            ^^^^
              help: make it shorter than `timeout`
            error E0109: a wait that grows linearly from nothing stays nothing
              rules.toml:11:9
                retry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: say what the first wait is: `base = "1s"`
            error E0109: `max` is from 1 to 1000, the first attempt among them
              rules.toml:11:17
                retry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
                                ^
            error E0109: `cap` must be longer than nothing
              rules.toml:11:46
                retry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
                                                             ^^^^
              help: leave it out to have no limit of your own
            error E0109: `jitter` is from 0 to 1: by which share a wait may be shortened
              rules.toml:11:61
                retry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
                                                                            ^
            error E0103: `retry` has no key `maxx`
              rules.toml:11:64
                ry = { max = 0, backoff = "linear", cap = "0s", jitter = 2, maxx = 3 }
                                                                            ^^^^
              help: did you mean `max`?
            error E0109: `cap` is 1m, but already the first wait is 2m
              rules.toml:12:44
                undo_retry = { max = 3, base = "2m", cap = "1m" }
                                                           ^^^^
            error E0109: `heartbeat` must be longer than nothing
              rules.toml:13:13
                heartbeat = "0s"
                            ^^^^
              help: leave it out to have no limit of your own
        "#]],
    );
}

#[test]
fn waits_lists_and_inputs() {
    check(
        r#"
[system.A]

[[workflow.w.step]]
id = "a"
system = "A"
wait = { signal = "x", timer = "5m" }
max = 3

[[workflow.w.step]]
id = "b"
system = "A"
wait = { timer = "5m", deadline = "1h" }
for_each = "hosts"
max = 20_000

[[workflow.w.step]]
id = "c"
system = "A"
for_each = "param.hosts"
on_unknown = "skip"
input = { a = "text", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f = "ctx.load" }

[[workflow.w.step]]
id = "d"
"#,
        expect![[r#"
            error E0109: a step waits for one of a signal, an approval and a timer
              rules.toml:7:8
                wait = { signal = "x", timer = "5m" }
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: as in `wait = { signal = "built" }`
            error E0109: `max` is for a step that is done for each of a list
              rules.toml:8:7
                max = 3
                      ^
              help: say of which: `for_each = "param.hosts"`; or leave it out
            error E0109: a timer ends by itself and has no `deadline`
              rules.toml:13:35
                wait = { timer = "5m", deadline = "1h" }
                                                  ^^^^
              help: leave it out
            error E0109: "hosts" is nothing that a step can be given
              rules.toml:14:12
                for_each = "hosts"
                           ^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: `max` is from 1 to 10000
              rules.toml:15:7
                max = 20_000
                      ^^^^^^
            error E0105: [[workflow.w.step]] has no `max`
              rules.toml:17:1
                [[workflow.w.step]]
                ^^^^^^^^^^^^^^^^^^^
              help: say how long the list can be: `max = 20`
            error E0109: `on_unknown` says what an unknown `when` means, and there is no `when`
              rules.toml:21:14
                on_unknown = "skip"
                             ^^^^^^
              help: leave it out
            error E0109: "text" is nothing that a step can be given
              rules.toml:22:15
                input = { a = "text", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f =
                              ^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: "step.x" is nothing that a step can be given
              rules.toml:22:27
                input = { a = "text", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f =
                                          ^^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: a step is given true or false, a number, a text or a list of these
              rules.toml:22:41
                input = { a = "text", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f =
                                                        ^^^^^^^^^^^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: a step is given true or false, a number, a text or a list of these
              rules.toml:22:64
                ut = { a = "text", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f = "c
                                                                            ^^^^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: "step.x.output." is nothing that a step can be given
              rules.toml:22:80
                ", b = "step.x", c = { value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f = "ctx.load" }
                                                                            ^^^^^^^^^^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0109: "ctx.load" is nothing that a step can be given
              rules.toml:22:102
                 value = [[1]] }, d = 2026-11-20, e = "step.x.output.", f = "ctx.load" }
                                                                            ^^^^^^^^^^
              help: write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or `secret.NAME`; a text that stands for itself is `{ value = "text" }`
            error E0105: [[workflow.w.step]] has no `system`
              rules.toml:24:1
                [[workflow.w.step]]
                ^^^^^^^^^^^^^^^^^^^
              help: say what it activates: `system = "PDT"`
        "#]],
    );
}

#[test]
fn conditions_of_workflows() {
    check(
        r#"
[context]
load = "float"

[system.A]

[workflow.w]
params  = { service = "text", deep = "bool", deep-er = "int", list = ["int"] }
success = ['ctx.laod < 0.5', 3, { required = true }]

[[workflow.w.step]]
id = "a"
system = "A"
when = 'param.depe && event.x == 1'

[[workflow.w.step]]
id = "b"
system = "A"
when = 'param.service'

[workflow.v]
success = 'ctx.load < 0.5'

[[workflow.v.step]]
id = "a"
system = "A"
when = 'param.deep'

[[rule]]
id = "r"
when = 'param.deep'
"#,
        expect![[r#"
            error E0109: "text" is no type by itself
              rules.toml:8:23
                params  = { service = "text", deep = "bool", deep-er = "int", list = ["int"] }
                                      ^^^^^^
              help: did you mean "string"?
            error E0107: "deep-er" cannot be the name of a parameter
              rules.toml:8:46
                params  = { service = "text", deep = "bool", deep-er = "int", list = ["int"] }
                                                             ^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0104: the parameter `list` needs a type
              rules.toml:8:70
                 { service = "text", deep = "bool", deep-er = "int", list = ["int"] }
                                                                            ^^^^^^^
              help: as in `service = "string"`, or `"string?"` where a run may lack it
            error E0201: no fact `laod` is declared
              rules.toml:9:17, in the condition 1:5
                success = ['ctx.laod < 0.5', 3, { required = true }]
                                ^^^^
              help: did you mean `ctx.load`?
            error E0104: a criterion is a condition, or a table with `when`
              rules.toml:9:30
                success = ['ctx.laod < 0.5', 3, { required = true }]
                                             ^
            error E0105: `success` has no `when`
              rules.toml:9:33
                success = ['ctx.laod < 0.5', 3, { required = true }]
                                                ^^^^^^^^^^^^^^^^^^^
              help: say what must be true: `when = 'ctx.up'`
            error E0201: there is no parameter `depe` here
              rules.toml:14:9, in the condition 1:1
                when = 'param.depe && event.x == 1'
                        ^^^^^^^^^^
              help: did you mean `param.deep`?
            error E0310: there is no event here: a rule's condition sees all of them
              rules.toml:14:23, in the condition 1:15
                when = 'param.depe && event.x == 1'
                                      ^^^^^^^
              help: put this into the `where` of a [select.…] and count what it selects, or name the selector whose events the rule looks at one by one: `on = "…"`
            error E0104: `success` takes a list of conditions
              rules.toml:22:11
                success = 'ctx.load < 0.5'
                          ^^^^^^^^^^^^^^^^
              help: as in `success = ['ctx.error_rate < 0.01']`
            error E0201: there are no parameters here
              rules.toml:27:9, in the condition 1:1
                when = 'param.deep'
                        ^^^^^^^^^^
              help: `param.name` is for the conditions of a [template.…], and of a workflow that declares it
            error E0201: there are no parameters here
              rules.toml:31:9, in the condition 1:1
                when = 'param.deep'
                        ^^^^^^^^^^
              help: `param.name` is for the conditions of a [template.…], and of a workflow that declares it
        "#]],
    );
}

#[test]
fn units_of_pools_and_steps_that_run_workflows() {
    check(
        r#"
[pool]
cpu = -1
ram = 1.5
net = 99999999999999999999

[system.A]
uses = { cpu = -2 }

[workflow.w]
[[workflow.w.step]]
id = "a"
workflow = "other"
"#,
        expect![[r#"
            error E0104: `cpu` takes a whole number from 1
              rules.toml:3:7
                cpu = -1
                      ^^
            error E0104: `ram` takes a whole number from 1
              rules.toml:4:7
                ram = 1.5
                      ^^^
            error E0104: `net` takes a whole number from 1
              rules.toml:5:7
                net = 99999999999999999999
                      ^^^^^^^^^^^^^^^^^^^^
            error E0104: `cpu` takes a whole number from 1
              rules.toml:8:16
                uses = { cpu = -2 }
                               ^^
            error E0105: [[workflow.w.step]] has no `system`
              rules.toml:11:1
                [[workflow.w.step]]
                ^^^^^^^^^^^^^^^^^^^
              help: say what it activates: `system = "PDT"`
            error E0103: `workflow` is not available in this version
              rules.toml:13:1
                workflow = "other"
                ^^^^^^^^
              help: leave it out for now
        "#]],
    );
}
