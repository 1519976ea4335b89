//! A wire of a width known at run time; `rust_hdl`'s own signals have theirs in their type.

use rust_hdl_core::ast::VerilogLiteral;
use rust_hdl_core::atom::{Atom, AtomKind};
use rust_hdl_core::constraint::PinConstraint;
use rust_hdl_core::signal::get_signal_id;
use rust_hdl_core::synth::VCDValue;
use rust_hdl_core::type_descriptor::{TypeDescriptor, TypeKind};

/// A signed wire, as the printer asks for it.
pub(crate) struct Wire {
    pub(crate) name: String,
    pub(crate) bits: usize,
    kind: AtomKind,
    id: usize,
}

impl Wire {
    pub(crate) fn new(name: String, bits: u32, kind: AtomKind) -> Self {
        Self { name, bits: bits as usize, kind, id: get_signal_id() }
    }
}

impl Atom for Wire {
    fn bits(&self) -> usize {
        self.bits
    }

    fn connected(&self) -> bool {
        true
    }

    fn changed(&self) -> bool {
        false
    }

    fn kind(&self) -> AtomKind {
        self.kind
    }

    fn descriptor(&self) -> TypeDescriptor {
        TypeDescriptor { name: format!("Signed::<{}>", self.bits), kind: TypeKind::Signed(self.bits) }
    }

    // Nothing is simulated: the value is never asked for but where a constant is printed.
    fn vcd(&self) -> VCDValue {
        false.into()
    }

    fn id(&self) -> usize {
        self.id
    }

    fn verilog(&self) -> VerilogLiteral {
        false.into()
    }

    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}
