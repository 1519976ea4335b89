//! The SPI shell around a core: `hdl_templates/lacuna_spi_shell.v`, which `crates/host_shell` prints, and
//! `hdl_templates/spi_top.v`, which knows the core.

use minijinja::context;
use minijinja::value::merge_maps;

use crate::board_top::{RESET_CLOCKS, widths};
use crate::place_text::counter;
use crate::render::Printer;
use crate::verilog::{bits_for, unsigned};
use crate::{Error, Manifest, SourceFile};

/// What the host's counters reach: bytes of a line.
const MAX_LINE_BYTES: usize = 1 << 16;

/// The module [`BOARD_TOP`](crate::BOARD_TOP) with a core of this manifest, whose top module is `source`, behind an SPI port:
/// `synth/board_top.v`, shell included.
///
/// # Errors
/// The source has no such module, or ports of another form than we print; a line or a result has more bytes than the shell
/// counts.
pub fn spi_top(manifest: &Manifest, source: &str) -> Result<SourceFile, Error> {
    let core = manifest.top.as_str();
    let fault = |problem: String| Error::Ports { module: core.to_owned(), problem };
    let [in_bits, out_bits] = widths(core, source, ["s_axis_tdata", "m_axis_tdata"])?;
    let [frame_height, frame_width] = manifest.config.frame;
    let [results_height, results_width] = manifest.output_frame;
    let [pixel_bytes, result_bytes] = [in_bits, out_bits].map(|bits| bits / 8);
    let line = frame_width * pixel_bytes;
    if line > MAX_LINE_BYTES || result_bytes > 255 || pixel_bytes > 255 {
        return Err(fault(format!(
            "lines of {line} bytes and results of {result_bytes}, but the SPI shell takes at most {MAX_LINE_BYTES} and 255"
        )));
    }
    let reset_bits = bits_for(RESET_CLOCKS);
    let values = context! {
        core => core,
        frame_width, frame_height, results_width, results_height, pixel_bytes, result_bytes, in_bits, out_bits,
        reset_clocks => RESET_CLOCKS,
        reset_bits => reset_bits,
        reset_zero => unsigned(0, reset_bits),
        reset_one => unsigned(1, reset_bits),
        ..merge_maps([counter("byte", pixel_bytes - 1), counter("left", result_bytes)])
    };
    let top = Printer::new().print("spi_top", "synth/board_top.v".to_owned(), values);
    let shell = include_str!("../../../hdl_templates/lacuna_spi_shell.v");
    Ok(SourceFile { text: format!("{}\n{shell}", top.text), ..top })
}
