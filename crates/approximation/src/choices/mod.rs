//! What may be chosen from, as a person writes it, and as it applies to a layer.

mod bounds;

pub(crate) mod activation_config;
pub(crate) mod config;
pub(crate) mod configuration;
pub(crate) mod sets;
pub(crate) mod settings;
