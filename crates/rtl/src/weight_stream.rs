//! Weights that a folded layer gets from outside: the module that takes them, and the words as a source sends them.

use std::fmt::Write;

use minijinja::value::merge_maps;
use minijinja::{Value, context};

use crate::folded::hexadecimal;
use crate::place_text::counter;
use crate::{Design, SourceFile, Stage, StageKind};

/// Bits of `tdata`: whole bytes.
pub(crate) fn stream_bits(code_bits: usize) -> u32 {
    (code_bits as u32).next_multiple_of(8)
}

/// What `weights.v` prints, for a stage with a port for its weights.
pub(crate) fn weights_values(stage: &Stage) -> Option<Value> {
    let StageKind::FoldedConv(conv) = &stage.kind else { return None };
    let values = context! {
        stage => stage.name.as_str(),
        words => conv.steps(),
        code_bits => conv.code_bits(),
        stream_bits => stream_bits(conv.code_bits()),
    };
    stage.is_fed().then(|| merge_maps([values, counter("word", conv.steps() - 1)]))
}

/// Where the words of a stage's weights are, in the folder of the core.
pub(crate) fn weights_path(stage: &Stage) -> String {
    format!("model/{}_weights.hex", stage.name)
}

/// One pass over the weights of every stage that has a port for them: a hexadecimal `{tuser, tdata}` a line.
pub(crate) fn weight_files(design: &Design) -> Vec<SourceFile> {
    let file = |stage: &Stage| {
        let StageKind::FoldedConv(conv) = &stage.kind else { return None };
        let bits = stream_bits(conv.code_bits()) as usize;
        let mut text = String::new();
        for (place, mut word) in conv.words_of_codes().enumerate() {
            word.resize(bits, false);
            writeln!(text, "{}{}", u8::from(place == 0), hexadecimal(&word)).expect("a string takes all");
        }
        stage.is_fed().then(|| SourceFile { path: weights_path(stage), text })
    };
    design.stages.iter().filter_map(file).collect()
}
