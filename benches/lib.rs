//! What the benchmarks are run on: families of systems of which each has a size, a shape and one
//! system that pulls in all others.
//!
//! | family | shape | what it is hard for |
//! |---|---|---|
//! | [`chain`] | every system needs the one before it | recursion, longest paths |
//! | [`ladder`] | two rails; every rung needs both systems of the rung before | whoever walks all 2^(n/2) paths |
//! | [`fan`] | the last system needs all others | queues, degrees |
//! | [`random`] | every system needs the one before it and up to three more | nothing regular |

pub mod graph;

use ptms_core::SystemSpec;

/// A family: `n` systems, the last of which pulls in all of them.
pub type Family = fn(n: usize) -> Vec<SystemSpec>;

/// All families by name.
pub const FAMILIES: [(&str, Family); 4] =
    [("chain", chain), ("ladder", ladder), ("fan", fan), ("random", random)];

/// The name of the system at this position.
#[must_use]
pub fn name(index: usize) -> String {
    format!("s{index:06}")
}

/// Every system needs the one before it.
#[must_use]
pub fn chain(n: usize) -> Vec<SystemSpec> {
    systems(n, |index| index.checked_sub(1).into_iter().collect())
}

/// Two systems a rung, each of which needs both systems of the rung below; the last system needs the
/// two before it.
#[must_use]
pub fn ladder(n: usize) -> Vec<SystemSpec> {
    let below = |index| if index + 1 == n { index } else { index / 2 * 2 };
    systems(n, |index| (below(index).saturating_sub(2)..below(index)).collect())
}

/// The last system needs all others.
#[must_use]
pub fn fan(n: usize) -> Vec<SystemSpec> {
    systems(n, |index| if index + 1 == n { (0..index).collect() } else { Vec::new() })
}

/// Every system needs the one before it, and up to three more of the hundred before it by an xorshift.
#[must_use]
pub fn random(n: usize) -> Vec<SystemSpec> {
    let below = |index: usize, salt: u64| {
        let mut state = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        index - 1 - (state % index.min(100) as u64) as usize
    };
    systems(n, |index| match index {
        0 => Vec::new(),
        _ => {
            let mut needs = vec![index - 1, below(index, 1), below(index, 2), below(index, 3)];
            needs.sort_unstable();
            needs.dedup();
            needs
        }
    })
}

fn systems(n: usize, needs: impl Fn(usize) -> Vec<usize>) -> Vec<SystemSpec> {
    let system = |index| {
        let mut spec = SystemSpec::new(name(index));
        let reference = |index| name(index).as_str().into();
        spec.needs = needs(index).into_iter().map(reference).collect();
        spec
    };
    (0..n).map(system).collect()
}

#[cfg(test)]
mod tests {
    use pso_graph::{Catalog, Request};

    use super::*;

    #[test]
    fn the_last_system_pulls_in_all_others() {
        for (family, specs) in FAMILIES {
            for n in [1, 2, 3, 10, 11] {
                let catalog = Catalog::new(specs(n), []).unwrap();
                let plan = catalog.plan(&Request::new().system(name(n - 1))).unwrap();
                assert_eq!(plan.steps().len(), n, "{family} of {n}");
            }
        }
    }
}
