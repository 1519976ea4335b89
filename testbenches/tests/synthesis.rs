//! What Yosys makes of a core: no multiplier, no latch, no DSP; line buffers in block RAM; adders that stay adders.

use lacuna_rtl::Config;
use lacuna_testbenches::{Core, cff, run, yosys_versions};

fn script(core: &Core, commands: &str) -> String {
    let sources: Vec<&str> = core.sources().collect();
    format!("read_verilog {}; {commands}", sources.join(" "))
}

#[test]
fn no_multiplier_and_nothing_unsound_in_the_detector() {
    let core = Core::new("cff", cff(), &Config::default());
    let commands = "hierarchy -check -top cff; proc; opt; check -assert; \
                    select -assert-none t:$mul t:$div t:$mod t:$pow t:$dlatch t:$adlatch";
    for yosys in yosys_versions() {
        let output = run(core.folder(), &yosys, &["-q", "-p", &script(&core, commands)]);
        assert!(output.success, "{}: {}", yosys.display(), output.text);
    }
}

#[test]
fn the_check_for_multipliers_can_fail() {
    let core = Core::with_faults("cff", cff(), &Config::default(), |path, text| {
        if path == "rtl/lacuna_add.v" { text.replace("a + b", "a * b") } else { text }
    });
    for yosys in yosys_versions() {
        let commands = "hierarchy -check -top cff; proc; opt; select -assert-none t:$mul";
        let output = run(core.folder(), &yosys, &["-q", "-p", &script(&core, commands)]);
        assert!(!output.success, "{} finds no multiplier where there is one", yosys.display());
    }
}

#[test]
fn an_ecp5_needs_no_dsp_and_keeps_its_line_buffers_in_ram() {
    let core = Core::new("cff", cff(), &Config::default());
    let commands = "synth_ecp5 -top cff; select -assert-none t:MULT18X18D t:MULT9X9D t:ALU54B; \
                    select -assert-any t:DP16KD; select -assert-any t:CCU2C";
    let yosys = &yosys_versions()[0];
    let output = run(core.folder(), yosys, &["-q", "-p", &script(&core, commands)]);
    assert!(output.success, "{}", output.text);
}
