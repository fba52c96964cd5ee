//! The order of declarations means nothing, whatever is declared.

use proptest::collection::vec;
use proptest::prelude::*;
use pso_graph::{Catalog, Declarations, Plan, Request};
use ptms_core::pool::Amount;
use ptms_core::step::{ForEach, Guard, Source};
use ptms_core::system::Reference;
use ptms_core::{
    Criterion, Diagnostic, Origin, PoolSpec, Retry, Span, StepSpec, SystemSpec, Undo, WorkflowSpec,
};

use crate::book::render;
use crate::properties::shuffle;

/// References of every kind, by number, to what is declared before, and now and then to anything.
#[derive(Clone, Debug)]
struct Refers {
    lists: [Vec<u8>; 5],
    anywhere: bool,
}

#[derive(Clone, Debug)]
struct Declared {
    refers: Refers,
    /// By pool.
    uses: Vec<u64>,
    holds: Vec<u64>,
    things: Vec<u8>,
    phase: Option<bool>,
    undo: u8,
}

prop_compose! {
    fn refers()(
        lists in prop::array::uniform5(vec(any::<u8>(), 0..4)),
        anywhere in prop::bool::weighted(0.02),
    ) -> Refers {
        Refers { lists, anywhere }
    }
}

prop_compose! {
    fn declared()(
        refers in refers(),
        uses in vec(0..3_u64, 2),
        holds in vec(0..3_u64, 2),
        things in vec(0..3_u8, 0..3),
        phase in any::<Option<bool>>(),
        undo in 0..4_u8,
    ) -> Declared {
        Declared { refers, uses, holds, things, phase, undo }
    }
}

impl Refers {
    /// The references of one kind from the one at `own` of `count`, each with a place of its own.
    fn of(&self, kind: usize, own: usize, count: usize, letter: char) -> Vec<Reference> {
        let most = if self.anywhere { count + 1 } else { own };
        let list = self.lists[kind].iter().filter(|_| most > 0);
        let place = |line: usize| Some(Origin::new(Span::new("book", line..line + 1), line, 1));
        let reference = |(number, to): (usize, &u8)| {
            let to = usize::from(*to) % most;
            Reference::new(format!("{letter}{to}"), place(1_000 * own + 100 * kind + number))
        };
        list.enumerate().map(reference).collect()
    }
}

fn amounts(units: &[u64]) -> Vec<Amount> {
    let claimed = units.iter().enumerate().filter(|(_, units)| **units > 0);
    claimed.map(|(pool, units)| Amount::new(format!("p{pool}").as_str().into(), *units)).collect()
}

fn undo(number: u8) -> Undo {
    [Undo::Undeclared, Undo::Nothing, Undo::Pivot, Undo::Action("stop".into())][usize::from(number)]
        .clone()
}

fn system(own: usize, count: usize, says: &Declared) -> SystemSpec {
    let mut spec = SystemSpec::new(format!("s{own}"));
    let of = |kind| says.refers.of(kind, own, count, 's');
    (spec.needs, spec.wants, spec.after, spec.weak) = (of(0), of(1), of(2), of(3));
    // Conflicts with what is pulled in are faults, so they are rare.
    if own % 5 == 4 {
        spec.conflicts = of(4);
    }
    (spec.uses, spec.holds) = (amounts(&says.uses), amounts(&says.holds));
    spec.exclusive = says.things.iter().map(|thing| format!("t{thing}").as_str().into()).collect();
    spec.undo = undo(says.undo);
    spec
}

fn step(own: usize, count: usize, systems: usize, says: &Declared) -> StepSpec {
    let mut spec = StepSpec::new(format!("x{own}"), format!("s{}", own % systems));
    let of = |kind| says.refers.of(kind, own, count, 'x');
    (spec.needs, spec.wants, spec.after) = (of(0), of(1), of(2));
    if own.is_multiple_of(3) {
        spec.phase = says.phase.map(|late| if late { "late" } else { "early" }.into());
    }
    spec.undo = Some(undo(says.undo));
    for earlier in &spec.needs {
        let source = Source::Output { step: earlier.name.clone(), path: Vec::new() };
        spec.input.insert(earlier.name.clone(), source.into());
    }
    if says.undo == 1 {
        spec.when = Some(Guard::new("ctx.up"));
        spec.retry = Some(Retry::new(3));
        spec.for_each = Some(ForEach::new(Source::Value(ptms_core::Value::list([])), 2));
    }
    spec
}

prop_compose! {
    fn declarations()(
        systems in vec(declared(), 1..12),
        steps in vec(declared(), 1..9),
        criteria in vec((0..3_u8, any::<bool>()), 0..4),
    ) -> Declarations {
        let mut declarations = Declarations::default();
        declarations.pools = vec![PoolSpec::new("p0", 60), PoolSpec::new("p1", 60)];
        let numbered = systems.iter().enumerate();
        declarations.systems = numbered.map(|(own, says)| system(own, systems.len(), says)).collect();
        let numbered = steps.iter().enumerate();
        let specs: Vec<StepSpec> =
            numbered.map(|(own, says)| step(own, steps.len(), systems.len(), says)).collect();
        let mut workflow = WorkflowSpec::new("w", specs);
        workflow.phases = vec!["early".into(), "late".into()];
        let criterion = |(number, required)| {
            let mut criterion = Criterion::new(format!("ctx.c{number}"));
            criterion.required = required;
            criterion
        };
        workflow.success = criteria.into_iter().map(criterion).collect();
        declarations.workflows = vec![workflow, WorkflowSpec::new("v", [StepSpec::new("a", "s0")])];
        declarations
    }
}

/// Every list in another order; but for phases, whose order is what they say.
fn shuffled(mut declarations: Declarations, mut seed: u64) -> Declarations {
    let seed = &mut seed;
    let Declarations { systems, workflows, pools, .. } = &mut declarations;
    for system in &mut *systems {
        let SystemSpec { needs, wants, after, weak, conflicts, exclusive, uses, holds, .. } =
            system;
        let _ = [needs, wants, after, weak, conflicts, exclusive].map(|list| shuffle(list, seed));
        let _ = [uses, holds].map(|list| shuffle(list, seed));
    }
    for workflow in &mut *workflows {
        for step in &mut workflow.steps {
            let StepSpec { needs, wants, after, .. } = step;
            let _ = [needs, wants, after].map(|list| shuffle(list, seed));
        }
        shuffle(&mut workflow.steps, seed);
        shuffle(&mut workflow.success, seed);
    }
    shuffle(systems, seed);
    shuffle(workflows, seed);
    shuffle(pools, seed);
    declarations
}

fn plan(declarations: Declarations) -> Result<Plan, Vec<Diagnostic>> {
    Catalog::declare(declarations)?.plan(&Request::new().workflow("w").system("s0"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_no_declaration_means_anything(
        declarations in declarations(),
        seed in 1..u64::MAX,
    ) {
        match (plan(declarations.clone()), plan(shuffled(declarations, seed))) {
            (Ok(left), Ok(right)) => {
                prop_assert_eq!(left.canonical(), right.canonical());
                prop_assert_eq!(left.digest(), right.digest());
                prop_assert_eq!(left.to_text(), right.to_text());
                prop_assert_eq!(serde_json::to_string(&left).unwrap(), serde_json::to_string(&right).unwrap());
            }
            (Err(left), Err(right)) => prop_assert_eq!(render(&left), render(&right)),
            (left, right) => prop_assert!(false, "{:?} and {:?}", left.is_ok(), right.is_ok()),
        }
    }
}

/// The property is not about faults only.
#[test]
fn most_declarations_can_be_planned() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let planned = (0..200).filter(|_| {
        let declarations = declarations().new_tree(&mut runner).unwrap().current();
        plan(declarations).is_ok()
    });
    assert!(planned.count() > 60);
}
