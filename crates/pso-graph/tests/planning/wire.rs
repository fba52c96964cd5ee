//! A plan that somebody wrote or changed: each content has a digest of its own, and what is no plan is
//! refused.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use pso_graph::Plan;
use serde_json::{Value, json};

use crate::book::{catalog, request};

fn plan() -> Value {
    let text = "system A: needs B\nsystem B undo=stop: wants C\nsystem C";
    serde_json::to_value(catalog(text).unwrap().plan(&request("A")).unwrap()).unwrap()
}

fn changed(at: &str, value: Value) -> Value {
    let mut plan = plan();
    let (parent, key) = at.rsplit_once('/').unwrap();
    match plan.pointer_mut(parent).unwrap() {
        Value::Object(fields) => _ = fields.insert(key.to_owned(), value),
        other => *other.pointer_mut(&format!("/{key}")).unwrap() = value,
    }
    plan
}

#[test]
fn every_content_has_its_own_digest() {
    let changes = [
        ("/name", json!("other")),
        ("/steps/0/id", json!("D")),
        ("/steps/2/id", json!("D")),
        ("/steps/2/system", json!("D")),
        ("/steps/2/critical", json!(false)),
        ("/steps/2/verify", json!(true)),
        ("/steps/2/undo", json!("pivot")),
        ("/steps/2/undo", json!({"action": "stop"})),
        ("/steps/1/undo", json!({"action": "halt"})),
        ("/steps/2/timeout_ns", json!(1)),
        ("/steps/2/settle_ns", json!(1)),
        ("/steps/2/idempotent", json!(true)),
        ("/steps/2/estimate_ns", json!(0)),
        ("/steps/2/estimate_ns", json!(1)),
        ("/steps/2/why", json!("workflow")),
        ("/steps/1/why", json!({"wanted_by": "A"})),
        ("/steps/1/why", json!({"needed_by": "C"})),
        ("/steps/2/priority", json!("high")),
        ("/steps/2/phase", json!("contain")),
        ("/steps/2/claims", json!({"exclusive": ["repo"]})),
        ("/steps/2/claims", json!({"conflicts": ["repo"]})),
        ("/deadline_ns", json!(1)),
        ("/default_estimate_ns", json!(1)),
        ("/edges/0/kind", json!("after")),
        ("/edges/0/between", json!("steps")),
    ];
    let mut plans = vec![plan()];
    for (at, value) in changes {
        let mut plan = changed(at, value.clone());
        if let Some(edges) = at.strip_suffix("/id").map(|_| plan["edges"].take()) {
            let name = if at == "/steps/0/id" { "C" } else { "A" };
            plan["edges"] =
                serde_json::from_str(&edges.to_string().replace(&format!("\"{name}\""), "\"D\""))
                    .unwrap();
        }
        plans.push(plan);
    }
    let mut edgeless = plan();
    edgeless["edges"] = json!([]);
    (0..3).for_each(|step| edgeless["steps"][step]["wave"] = json!(0));
    plans.push(edgeless);
    let digests: BTreeSet<String> = plans
        .iter()
        .map(|plan| serde_json::from_value::<Plan>(plan.clone()).unwrap().digest().to_string())
        .collect();
    assert_eq!(digests.len(), plans.len());
}

fn check(plan: Value, expected: Expect) {
    expected.assert_eq(&serde_json::from_value::<Plan>(plan).unwrap_err().to_string());
}

#[test]
fn what_is_no_plan_is_refused() {
    check(changed("/steps", json!([])), expect!["a plan has at least one step"]);
    check(changed("/steps/0/id", json!("A")), expect![[r#"two steps of the plan are called "A""#]]);
    check(
        changed("/edges/0/to", json!("X")),
        expect![[r#"an edge of the plan speaks of "X", which is no step of it"#]],
    );
    check(
        changed("/edges/0/to", json!("C")),
        expect![[r#"an edge of the plan goes from "C" back to "C""#]],
    );
    check(
        changed("/edges/1/to", json!("C")),
        expect![[r#"an edge of the plan goes from "B" back to "C""#]],
    );
    check(
        changed("/steps/1/wave", json!(7)),
        expect![[r#"step "B" of the plan is not in its wave"#]],
    );
    check(changed("/steps/1/timeout_ns", json!(-1)), expect!["a negative duration"]);
    let mut plan = plan();
    let first = plan["edges"][0].clone();
    plan["edges"].as_array_mut().unwrap().push(first);
    check(plan, expect!["the edges of the plan are out of order"]);
}

/// Whether a plan with these claims of its last step, on these pools, is one.
fn claimed(claims: Value, pools: Value) -> Result<Plan, String> {
    let mut plan = changed("/steps/2/claims", claims);
    plan["pools"] = pools;
    serde_json::from_value(plan).map_err(|fault| fault.to_string())
}

#[test]
fn pools_that_do_not_fit_the_steps_are_refused() {
    let pool =
        |capacity: u64, held: u64| json!([{"name": "cpu", "capacity": capacity, "held": held}]);
    let uses = |units: u64| json!({"uses": [{"pool": "cpu", "units": units}]});
    let holds = |units: u64| json!({"holds": [{"pool": "cpu", "units": units}]});
    let mut digests = BTreeSet::new();
    for plan in [
        claimed(uses(2), pool(4, 0)),
        claimed(uses(3), pool(4, 0)),
        claimed(uses(2), pool(5, 0)),
        claimed(holds(2), pool(4, 2)),
    ] {
        assert!(digests.insert(plan.unwrap().digest()));
    }
    assert_eq!(
        claimed(uses(2), json!([])).unwrap_err(),
        "the pools of the plan are not those of its steps"
    );
    assert_eq!(
        claimed(holds(2), pool(4, 0)).unwrap_err(),
        "the pools of the plan are not those of its steps"
    );
    assert!(claimed(uses(5), pool(4, 0)).unwrap_err().ends_with("can never have what it claims"));
    assert!(claimed(holds(5), pool(4, 5)).unwrap_err().ends_with("can never have what it claims"));
    let long = changed("/steps/1/estimate_ns", json!(i64::MAX));
    let fault = serde_json::from_value::<Plan>(long).unwrap_err().to_string();
    assert_eq!(fault, "the steps of the plan take more than 292 years");
}
