//! Calls of helper functions and of functions of the host. What a host function takes and gives is
//! declared. A helper takes anything; what it gives must be of the type that its place takes, which is
//! seen when it gives it.

use std::sync::Arc;

use ptms_core::diagnostic::{UNKNOWN_FUNCTION, WRONG_ARGUMENTS, WRONG_TYPE};
use ptms_core::name::nearest;

use super::calls::SPECIAL;
use super::{Checked, Checker, windows};
use crate::callables::{Callable, Helper};
use crate::condition::expr::{Expr, Word};
use crate::condition::functions::FUNCTIONS;
use crate::condition::node::{Node, NodeKind, Opaque};
use crate::condition::types::Ty;
use crate::functions::Function;

impl Checker<'_> {
    /// A call of what is no function of the language.
    pub(super) fn callable(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        match self.tables.callables.find(&name.text) {
            Some(Callable::Helper(helper)) => self.helper(expr, name, helper, arguments),
            Some(Callable::Host(function)) => self.host(expr, name, function, arguments),
            None => {
                let ours = FUNCTIONS.iter().map(|function| function.name).chain(SPECIAL);
                let callables = self.tables.callables.names();
                let mut known: Vec<&str> = ours.chain(windows::names()).collect();
                known.extend(callables);
                known.sort_unstable();
                known.dedup();
                let help = match nearest(&name.text, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the functions are {}", known.join(", ")),
                };
                let message = format!("conditions have no function `{}`", name.text);
                self.fault_at(UNKNOWN_FUNCTION, (name.start, name.end), message, help);
                None
            }
        }
    }

    fn helper(&mut self, expr: &Expr, name: &Word, helper: Helper, arguments: &[Expr]) -> Checked {
        let parts = self.parts(arguments);
        let names = helper.parameters()?.to_vec();
        self.counted(expr, name, arguments.len(), &names)?;
        let nodes = parts?.into_iter().map(|(node, _)| node).collect();
        Some((opaque(helper, nodes, name), Ty::Open))
    }

    fn host(
        &mut self,
        expr: &Expr,
        name: &Word,
        function: Function,
        arguments: &[Expr],
    ) -> Checked {
        let parts = self.parts(arguments);
        let wanted: Vec<Ty> = function.parameters.iter().filter_map(Ty::of).collect();
        let usage: Vec<String> =
            function.parameters.iter().map(ptms_core::Type::to_string).collect();
        self.counted(expr, name, arguments.len(), &usage)?;
        let mut nodes = Vec::new();
        for ((part, wanted), argument) in parts?.into_iter().zip(&wanted).zip(arguments) {
            let (node, ty) = settled(part, wanted);
            let fits = ty == *wanted || matches!((&ty, wanted), (Ty::Int, Ty::Float));
            if fits || matches!((&ty, wanted), (Ty::Enum(_), Ty::Text)) {
                nodes.push(node);
                continue;
            }
            let message = format!("`{}` takes {wanted} here, this is {ty}", name.text);
            let help = format!("write `{}({})`", name.text, usage.join(", "));
            self.fault(WRONG_ARGUMENTS, argument, message, help);
        }
        let result = Ty::of(&function.result)?;
        (nodes.len() == arguments.len()).then(|| (opaque(function, nodes, name), result))
    }

    /// Refuses a call with other than so many arguments.
    fn counted(&mut self, expr: &Expr, name: &Word, count: usize, usage: &[String]) -> Option<()> {
        if count == usage.len() {
            return Some(());
        }
        let arguments = crate::script::arguments(usage.len());
        let message = format!("`{}` takes {arguments}, not {count}", name.text);
        let help = format!("write `{}({})`", name.text, usage.join(", "));
        self.fault(WRONG_ARGUMENTS, expr, message, help);
        None
    }

    /// Two parts of which one takes the type of the other, where it is what a helper returns.
    pub(super) fn beside(
        &mut self,
        expr: &Expr,
        left: (Node, Ty),
        right: (Node, Ty),
    ) -> Option<[(Node, Ty); 2]> {
        self.not_both_open(expr, &left.1, &right.1)?;
        let types = (left.1.beside(), right.1.beside());
        Some([settled(left, &types.1), settled(right, &types.0)])
    }

    /// The same for an item and what it is looked for in.
    pub(super) fn item_beside(
        &mut self,
        expr: &Expr,
        item: (Node, Ty),
        container: (Node, Ty),
    ) -> Option<[(Node, Ty); 2]> {
        self.not_both_open(expr, &item.1, &container.1)?;
        let list = Ty::List(Box::new(item.1.beside()));
        let of_item = match &container.1 {
            Ty::List(of_item) => of_item.beside(),
            _ => Ty::Text,
        };
        Some([settled(item, &of_item), settled(container, &list)])
    }

    fn not_both_open(&mut self, expr: &Expr, left: &Ty, right: &Ty) -> Option<()> {
        if (left, right) != (&Ty::Open, &Ty::Open) {
            return Some(());
        }
        let message = "nothing here says what the two helpers return".to_owned();
        let help = "compare each with a value, or compare them in a helper";
        self.fault(WRONG_TYPE, expr, message, help);
        None
    }

    /// The parts, where what a helper returns is of type `wanted`.
    pub(super) fn parts_as<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        wanted: &Ty,
    ) -> Option<Vec<(Node, Ty)>> {
        let parts = self.parts(exprs)?;
        Some(parts.into_iter().map(|part| settled(part, wanted)).collect())
    }
}

fn opaque(function: impl Opaque + 'static, arguments: Vec<Node>, name: &Word) -> Node {
    Node::new(NodeKind::Opaque(Arc::new(function), arguments), name.start)
}

/// The part as one of type `wanted`, if it is what a helper returns.
pub(super) fn settled((mut node, ty): (Node, Ty), wanted: &Ty) -> (Node, Ty) {
    if ty != Ty::Open {
        return (node, ty);
    }
    node.settle(wanted);
    (node, wanted.clone())
}
