//! Choices that depend on each other: budgets of many kernels, limits on single ones.

pub(crate) mod budget;
pub(crate) mod coupled;
pub(crate) mod interval;
pub(crate) mod knapsack;
pub(crate) mod limited;
