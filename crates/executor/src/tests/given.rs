//! What steps are given: by the run, by earlier steps, and by the host alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::step::Source;
use ptms_core::{FieldSpec, Name, Timestamp, Type, Value, WorkflowSpec};

use super::monitor::Watched;
use super::sketch::{step, try_plan_of};
use crate::{Argument, Execution, Outcome, Terms, replay};

const NOW: Timestamp = Timestamp::from_secs(0);

fn output(path: &[&str]) -> Source {
    Source::Output { step: "a".into(), path: path.iter().map(|part| Name::from(*part)).collect() }
}

/// `a`, then `b`, which is given this; a run has the parameters `host` and, perhaps, `port`.
fn plan(input: &[(&str, Source)]) -> Arc<Plan> {
    let mut b = step("b");
    b.needs.push("a".into());
    b.verify = Some(true);
    b.input = input.iter().map(|(name, of)| (Name::from(*name), of.clone().into())).collect();
    let mut workflow = WorkflowSpec::new("w", [step("a"), b]);
    let mut port = FieldSpec::new("port", Type::Int);
    port.optional = true;
    workflow.params = vec![FieldSpec::new("host", Type::String), port];
    try_plan_of(workflow).unwrap()
}

/// What `b` is given where `a` gives back this.
fn given(input: &[(&str, Source)], terms: Terms, gives: Option<Value>) -> Watched {
    let mut run = Watched::new(Execution::start_with(NOW, "r1", plan(input), terms));
    let effect = run.open[0].clone();
    assert_eq!(effect.input, BTreeMap::new());
    run.answer(NOW, &effect, Outcome::Succeeded(gives));
    run
}

#[test]
fn every_effect_of_a_step_is_given_the_same_also_after_a_replay() {
    let input = [
        ("all", output(&[])),
        ("first", output(&["0"])),
        ("host", Source::Param("host".into())),
        ("port", Source::Param("port".into())),
        ("mode", Source::Value("fast".into())),
        ("key", Source::Secret("token".into())),
    ];
    let list = Value::list([7.into(), 8.into()]);
    let terms = Terms::default().param("host", "db1");
    let mut run = given(&input, terms, Some(list.clone()));
    let expected = BTreeMap::from([
        ("all".into(), Argument::Value(list)),
        ("first".into(), Argument::Value(7.into())),
        ("host".into(), Argument::Value("db1".into())),
        ("mode".into(), Argument::Value("fast".into())),
        ("key".into(), Argument::Secret("token".into())),
    ]);
    // It is activated, verified, found missing, and undone.
    for outcome in [Outcome::Succeeded(None), Outcome::Succeeded(Some(false.into()))] {
        let effect = run.open[0].clone();
        assert_eq!(effect.input, expected, "{effect}");
        run.answer(NOW, &effect, outcome);
    }
    assert_eq!(run.open[0].input, expected);
    let resumed = Execution::resume(replay(&run.journal).unwrap());
    assert_eq!(resumed.outstanding()[0].input, expected);
    let json = serde_json::to_string(&run.journal).unwrap();
    assert_eq!(json.matches("token").count(), 1, "only the plan names the secret");
}

#[test]
fn a_step_that_lacks_what_it_must_be_given_fails_and_nothing_of_it_is_there() {
    let lacks = |source: Source, gives: Option<Value>| {
        let mut run = given(&[("x", source)], Terms::default(), gives);
        let undo = run.open[0].clone();
        assert_eq!(undo.to_string(), "undo A for step a by undo-a");
        run.answer(NOW, &undo, Outcome::Succeeded(None));
        run.end.unwrap().to_string()
    };
    let end = "rolled back because b was not given its `x`";
    assert_eq!(lacks(Source::Param("host".into()), None), end);
    assert_eq!(lacks(output(&[]), None), end);
    assert_eq!(lacks(output(&["2"]), Some(Value::list([1.into(), 2.into()]))), end);
    assert_eq!(lacks(output(&["path"]), Some("a text".into())), end);
}

#[test]
fn a_missing_optional_parameter_is_left_out() {
    let run = given(&[("x", Source::Param("port".into()))], Terms::default(), None);
    assert_eq!(run.open[0].input, BTreeMap::new());
}
