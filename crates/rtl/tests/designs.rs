//! Properties of the hardware of random networks, as far as the text and the design show them.

#[path = "../../fixed_point/tests/common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use common::Case;
use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::{
    Config, Design, Error, Feed, Manifest, SourceFile, design, manifest, package, render, vectors,
};
use ndarray::Array3;

struct Hardware {
    network: IntNetwork,
    config: Config,
    design: Design,
    pixels: Array3<u8>,
}

static HARDWARE: LazyLock<Vec<Hardware>> = LazyLock::new(|| (0..60).filter_map(hardware).collect());

/// The hardware of a random network, unless that does nothing.
fn hardware(seed: u64) -> Option<Hardware> {
    let Case { network, pixels, .. } = Case::chain(seed);
    let (_, height, width) = pixels.dim();
    let config =
        Config { frame: [height, width], adders_per_stage: 1 + seed as u32 % 3, ..Config::default() };
    match design("core", &network, &config) {
        Ok(design) => Some(Hardware { network, config, design, pixels }),
        Err(Error::NothingToDo) => None,
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

/// The text without comments.
fn code(file: &SourceFile) -> String {
    file.text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_stage_takes_what_the_one_before_it_gives() {
    for Hardware { design, network, .. } in HARDWARE.iter() {
        let pixels = vec![8; network.input_maps()];
        let mut incoming = Vec::new();
        for (place, stage) in design.stages.iter().enumerate() {
            incoming.clear();
            for feed in &stage.feeds {
                let before = match *feed {
                    Feed::Pixels => &pixels[..],
                    Feed::Stage(n) => {
                        assert!(n < place, "{} reads what comes later", stage.summary());
                        design.stages[n].output.widths()
                    }
                };
                incoming.extend_from_slice(before);
            }
            assert_eq!(stage.input.widths(), incoming, "{}", stage.summary());
        }
        let before = design.stages.last().expect("a design has stages").output.widths();
        let wide_enough =
            |(format, &width): (&lacuna_fixed_point::Format, &u32)| format.interval.width() <= width;
        assert!(network.output_formats().iter().zip(before).all(wide_enough));
    }
}

#[test]
fn the_output_has_the_shape_of_the_results() {
    for Hardware { design, network, pixels, .. } in HARDWARE.iter() {
        let results = network.run(pixels).expect("the frame is large enough");
        assert_eq!((design.output_formats.len(), design.output.height, design.output.width), results.dim());
    }
}

#[test]
fn one_module_a_file_and_all_of_them_used() {
    for Hardware { design, .. } in HARDWARE.iter() {
        let files = render(design);
        let names: Vec<&str> = files.iter().map(|f| f.path.rsplit_once('/').expect("a folder").1).collect();
        let modules: Vec<&str> = names.iter().map(|name| name.strip_suffix(".v").expect("Verilog")).collect();
        assert_eq!(modules.iter().collect::<BTreeSet<_>>().len(), modules.len(), "two files of one name");
        let texts: Vec<String> = files.iter().map(code).collect();
        for (module, text) in modules.iter().zip(&texts) {
            let opening = format!("\nmodule {module} ");
            assert_eq!(text.matches("\nmodule ").count(), 1, "{module}");
            assert!(text.replace(';', " ").contains(&opening), "{module}");
            let used = texts.iter().any(|other| other.contains(&format!("\n    {module} ")));
            let shared = module.starts_with("lacuna_");
            assert!(used || shared || *module == "core_tb", "{module} is used nowhere");
        }
    }
}

#[test]
fn nothing_is_multiplied() {
    for Hardware { design, .. } in HARDWARE.iter() {
        for file in render(design).iter().filter(|file| file.path.starts_with("rtl/")) {
            let text = code(file).replace("@(*)", "").replace("@*", "").replace("(*", "").replace("*)", "");
            assert!(!text.contains('*') && !text.contains('%'), "{}", file.path);
        }
    }
}

#[test]
fn the_text_is_tidy() {
    for Hardware { design, .. } in HARDWARE.iter() {
        for file in render(design) {
            let (path, text) = (&file.path, &file.text);
            assert!(text.is_ascii(), "{path} is not ASCII");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path} ends badly");
            assert!(
                !text.contains("\t") && text.lines().all(|l| l.trim_end() == l),
                "{path} has loose blanks"
            );
            assert!(!text.contains("${") && !text.contains("//%"), "{path} holds a piece of its template");
            assert!(text.contains("`default_nettype none"), "{path}");
        }
    }
}

#[test]
fn the_same_design_gives_the_same_bytes() {
    for Hardware { network, config, design, pixels } in HARDWARE.iter().take(20) {
        let again = lacuna_rtl::design("core", network, config).expect("it was possible before");
        let files = |design: &Design| {
            let vectors = vectors(network, std::slice::from_ref(pixels)).expect("the frame is large enough");
            package(design, config, network, vectors)
        };
        assert!(files(design) == files(&again));
    }
}

#[test]
fn the_manifest_lists_what_is_there() {
    for Hardware { network, config, design, pixels } in HARDWARE.iter().take(20) {
        let vectors = vectors(network, std::slice::from_ref(pixels)).expect("the frame is large enough");
        let manifest = manifest(design, config, &vectors);
        assert!(manifest.is_well_formed());
        let text = serde_json::to_string(&manifest).expect("a manifest can be written");
        assert_eq!(serde_json::from_str::<Manifest>(&text).expect("what was written can be read"), manifest);
        let files = package(design, config, network, vectors);
        let written: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let rtl: Vec<&str> = written.iter().copied().filter(|path| path.starts_with("rtl/")).collect();
        assert_eq!(manifest.sources, rtl);
        assert!(written.contains(manifest.testbench.as_str()));
        for path in ["manifest.json", "Makefile", "sources.f", "model/network.json", "sim/stimulus.hex"] {
            assert!(written.contains(path), "{path}");
        }
    }
}

#[test]
fn a_manifest_that_names_other_files_is_not_well_formed() {
    let Hardware { network, config, design, pixels } = &HARDWARE[0];
    let vectors = vectors(network, std::slice::from_ref(pixels)).expect("the frame is large enough");
    let right = manifest(design, config, &vectors);
    let with_source = |path: &str| Manifest { sources: vec![path.to_owned()], ..right.clone() };
    for wrong in [
        with_source("--help"),
        with_source("/etc/passwd"),
        with_source("rtl/../core.v"),
        with_source("rtl/core.v rtl/other.v"),
        Manifest { sources: vec![], ..right.clone() },
        Manifest { top: "core tb".to_owned(), ..right.clone() },
        Manifest { testbench: "sim/other_tb.v".to_owned(), ..right.clone() },
    ] {
        assert!(!wrong.is_well_formed(), "{wrong:?}");
    }
}

/// One beat of a vector file: start of frame, end of line, and the maps.
fn beat(line: &str, maps: usize) -> (bool, bool, Vec<i64>) {
    let (flags, data) = line.split_at(1);
    let flags = u8::from_str_radix(flags, 16).expect("a hexadecimal digit");
    let digits = data.len() / maps;
    let value = |map: usize| {
        let text = &data[data.len() - (map + 1) * digits..][..digits];
        let unsigned = u64::from_str_radix(text, 16).expect("hexadecimal digits");
        let unused = 64 - 4 * digits as u32;
        ((unsigned << unused) as i64) >> unused
    };
    (flags & 2 != 0, flags & 1 != 0, (0..maps).map(value).collect())
}

#[test]
fn the_vectors_hold_frames_and_results() {
    for Hardware { network, pixels, .. } in HARDWARE.iter() {
        let frames = [pixels.clone(), pixels.mapv(|p| 255 - p)];
        let vectors = vectors(network, &frames).expect("the frame is large enough");
        let results = frames.each_ref().map(|frame| network.run(frame).expect("the frame is large enough"));
        // Pixels are unsigned: as signed bytes they are 256 less from 128 on.
        let sent = frames.each_ref().map(|frame| frame.mapv(|p| i64::from(p.cast_signed())));
        for (text, beats, frames) in
            [(&vectors.stimulus, vectors.beats_in, &sent), (&vectors.expected, vectors.beats_out, &results)]
        {
            let (maps, height, width) = frames[0].dim();
            assert_eq!((text.lines().count(), beats), (2 * height * width, 2 * height * width));
            for (n, line) in text.lines().enumerate() {
                let (frame, row, column) = (n / (height * width), n / width % height, n % width);
                let values = (0..maps).map(|map| frames[frame][(map, row, column)]).collect();
                assert_eq!(beat(line, maps), (row == 0 && column == 0, column + 1 == width, values));
            }
        }
    }
}

#[test]
fn frames_and_names_out_of_bounds_are_refused() {
    let Hardware { network, config, .. } = &HARDWARE[0];
    let [rows, columns] = network.window();
    let with_frame = |height, width| {
        let config = Config { frame: [height, width], ..config.clone() };
        design("core", network, &config).map(|design| design.output.height)
    };
    assert_eq!(with_frame(rows, columns), Ok(1));
    assert!(matches!(with_frame(rows - 1, columns), Err(Error::FrameTooSmall { .. })));
    assert!(matches!(with_frame(rows, columns - 1), Err(Error::FrameTooSmall { .. })));
    assert!(matches!(with_frame(65536, 100), Err(Error::FrameTooLarge { .. })));
    assert!(matches!(with_frame(5000, 5000), Err(Error::FrameTooLarge { .. })));
    let named = |name: &str| design(name, network, config).map(|design| design.name);
    assert_eq!(named("Core_2"), Ok("Core_2".to_owned()));
    for name in ["", "2core", "my-core", "core.v", "kern\u{e4}"] {
        assert_eq!(named(name), Err(Error::Name(name.to_owned())));
    }
    for name in ["module", "logic", "lacuna", "lacuna_sub"] {
        assert_eq!(named(name), Err(Error::ReservedName(name.to_owned())));
    }
}
