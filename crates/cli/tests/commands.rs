//! The real binary from end to end, on the face detector of `models/cff`. No tool is on the search path.

mod common;

use std::fs;
use std::path::Path;

use common::{json, make_weights, picture, project, repository, run, snapshot};
use image::{GrayImage, Luma};
use serde_json::Value;
use tempfile::TempDir;

/// Multiplications of the trained face finder for one window: its kernels and coefficients at every position.
const MULTIPLICATIONS: u64 = 121_926;

fn face_detector() -> String {
    repository().join("models/cff").to_str().expect("the repository's path is text").to_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The text for people of a command that ends well and prints nothing on stdout.
fn note(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8(output.stderr).expect("what is printed is text");
    assert!(output.status.success(), "{arguments:?}: {text}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed on stdout");
    text
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A face as one draws it: an oval with eyes, brows, a nose and a mouth, `width` pixels wide.
fn draw_face(image: &mut GrayImage, left: u32, top: u32, width: u32) {
    let unit = f64::from(width) / 32.0;
    let inside = |x: f64, y: f64, (cx, cy): (f64, f64), (rx, ry): (f64, f64)| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    let dark = [
        ((9.5, 14.0), (3.5, 1.8)),
        ((22.5, 14.0), (3.5, 1.8)),
        ((9.5, 10.5), (4.0, 1.0)),
        ((22.5, 10.5), (4.0, 1.0)),
        ((16.0, 22.0), (2.5, 1.0)),
        ((16.0, 27.5), (5.5, 1.3)),
    ];
    for (x, y) in (0..width).flat_map(|x| (0..width * 9 / 8).map(move |y| (x, y))) {
        let (u, v) = (f64::from(x) / unit, f64::from(y) / unit);
        if inside(u, v, (16.0, 18.0), (15.0, 18.0)) {
            let shade = if dark.iter().any(|&(at, size)| inside(u, v, at, size)) { 60 } else { 190 };
            image.put_pixel(left + x, top + y, Luma([shade]));
        }
    }
}

/// A photograph with a drawn face, and the face's box as a line of boxes.txt says it.
fn photograph(path: &Path, left: u32, top: u32, width: u32) -> String {
    let mut image = GrayImage::from_pixel(120, 100, Luma([100]));
    draw_face(&mut image, left, top, width);
    image.save(path).expect("the image can be written");
    let name = path.file_name().expect("the file has a name").to_string_lossy().into_owned();
    format!("{name} {left} {top} {} {}\n", left + width - 1, top + width * 9 / 8 - 1)
}

#[test]
fn check_says_that_all_is_well() {
    let text = note(&repository(), &["check", "models/cff"]);
    for part in ["N2.tanh", "951 parameters", "32x36 (width x height)", "All is well."] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn a_project_without_a_name_has_that_of_its_folder() {
    let project = project("tiny");
    let named = project.path().join("tiny");
    fs::create_dir(&named).expect("the folder can be made");
    for file in ["lacuna.yaml", "weights.safetensors"] {
        fs::rename(project.path().join(file), named.join(file)).expect("the file can be moved");
    }
    let text = fs::read_to_string(named.join("lacuna.yaml")).expect("the file can be read");
    let text = text.replace("name: tiny\n", "");
    fs::write(named.join("lacuna.yaml"), text).expect("the file can be written");
    note(&named, &["generate", "lacuna.yaml", "-o", "core"]);
    assert!(named.join("core/rtl/tiny.v").is_file());
}

#[test]
fn approximate_reports_layers_and_total() {
    let report = json(&repository(), &["approximate", "models/cff", "--json"]);
    assert_eq!(keys(&report), ["layers", "seconds", "total"]);
    let total = &report["total"];
    assert_eq!(total["multiplications_replaced"], MULTIPLICATIONS);
    assert!((0.0..0.2).contains(&number(&total["relative_error"])));
    assert!(number(&total["adders"]) < number(&total["adders_before"]), "sharing saves adders");
    let layers = report["layers"].as_array().expect("a list");
    assert_eq!(layers[0]["name"], "C1");
    for key in ["multiplications_replaced", "adders_before", "adders", "shifts"] {
        let sum: f64 = layers.iter().map(|layer| number(&layer[key])).sum();
        assert_eq!(sum, number(&total[key]), "{key} of all layers");
    }
    for layer in layers {
        let conv = layer["kind"] == "conv";
        assert_eq!(layer["seconds"].is_f64(), conv, "{layer}");
        assert_eq!(layer["solver"].is_string(), conv, "{layer}");
    }
    assert!(layers[0]["levels"].as_array().is_some_and(|levels| levels.len() > 20), "all levels are listed");
    let people = note(&repository(), &["approximate", "models/cff"]);
    let line = people.lines().find(|line| line.starts_with("C2: ")).expect("levels of C2");
    assert!(line.ends_with("x others (--json lists all)") && line.len() < 160, "{line}");
    assert!(people.contains(&format!("All {MULTIPLICATIONS} multiplications of a window")), "{people}");
}

#[test]
fn a_layer_without_weights_is_noticed() {
    let project = project("tiny");
    let yaml = project.path().join("lacuna.yaml");
    let text = fs::read_to_string(&yaml).expect("the project can be read");
    assert!(!note(project.path(), &["check", "."]).contains("warning"));
    fs::write(&yaml, text + "approximation: { network_digits: 0 }\n").expect("the project can be written");
    for command in ["check", "approximate"] {
        let people = note(project.path(), &[command, "."]);
        assert!(people.contains("warning: ./lacuna.yaml: all weights of layer `"), "{people}");
        assert!(people.contains("became zero"), "{people}");
    }
}

#[test]
fn a_coarser_set_needs_fewer_adders() {
    let adders = |set: &str| {
        let report = json(&repository(), &["approximate", "models/cff", "--json", "--set", set]);
        number(&report["total"]["adders"])
    };
    assert!(adders("ternary") < adders("{0, ±1/2, ±1, ±2}"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let out = folder();
    let generate = |target: &str| note(out.path(), &["generate", &face_detector(), "-o", target]);
    generate("a");
    let first = snapshot(&out.path().join("a"));
    generate("a");
    generate("deep/er/b");
    let strip = |root: &str| -> Vec<_> {
        let root = out.path().join(root);
        let files = snapshot(&root).into_iter();
        files
            .map(|(path, bytes)| (path.strip_prefix(&root).expect("it lies there").to_owned(), bytes))
            .collect()
    };
    assert_eq!(first, snapshot(&out.path().join("a")), "an earlier output is replaced");
    assert!(strip("a") == strip("deep/er/b"), "the folder's name is no part of the output");
    for file in ["rtl/cff.v", "sim/cff_tb.v", "sim/stimulus.hex", "sim/expected.hex", "model/network.json"] {
        assert!(out.path().join("a").join(file).is_file(), "{file}");
    }
    let manifest = fs::read(out.path().join("a/manifest.json")).expect("there is a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    assert_eq!(manifest["top"], "cff");
    assert_eq!(manifest["beats"], serde_json::json!([2 * 240 * 320, 2 * 52 * 73]));
    assert_eq!(common::entries(out.path()).len(), 2, "nothing else has been written");
}

#[test]
fn the_three_levels_agree() {
    let images = folder();
    picture(60, 50).save(images.path().join("photo.png")).expect("the image can be written");
    let values = |level: &str| -> Vec<f64> {
        let arguments = ["run", &face_detector(), "--input", "photo.png", "--json", "--level", level];
        let result = json(images.path(), &arguments);
        assert_eq!(keys(&result), ["level", "shape", "values"]);
        assert_eq!(result["level"], level);
        assert_eq!(result["shape"], serde_json::json!([1, 4, 8]));
        let rows = result["values"][0].as_array().expect("a list");
        rows.iter().flat_map(|row| row.as_array().expect("a list")).map(number).collect()
    };
    let [float, approx, int] = ["float", "approx", "int"].map(values);
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(distance(&approx, &int) < 0.1, "{approx:?} and {int:?}");
    assert!(distance(&float, &approx) < 0.5, "{float:?} and {approx:?}");
    let text = note(images.path(), &["run", &face_detector(), "--input", "photo.png"]);
    assert!(text.contains("int level, 1 map(s) of 8 x 4 results"), "{text}");
}

#[test]
fn detect_draws_on_a_picture_of_the_same_size() {
    let images = folder();
    photograph(&images.path().join("photo.png"), 30, 20, 48);
    for target in ["faces.png", "faces.jpg", "faces.ppm"] {
        let found = json(
            images.path(),
            &["detect", &face_detector(), "--image", "photo.png", "-o", target, "--json"],
        );
        assert_eq!(keys(&found), ["faces", "level"]);
        let drawn = image::open(images.path().join(target)).expect("the picture can be read");
        assert_eq!((drawn.width(), drawn.height()), (120, 100), "{target}");
        if target == "faces.ppm" {
            let bytes = fs::read(images.path().join(target)).expect("the picture can be read");
            assert!(bytes.starts_with(b"P6"), "a .ppm is a PPM, not a PAM");
        }
        for face in found["faces"].as_array().expect("a list") {
            assert_eq!(keys(face), ["confidence", "x1", "x2", "y1", "y2"]);
        }
    }
    let all = ["detect", &face_detector(), "--image", "photo.png", "-o", "all.png", "--confidence", "-1"];
    assert!(note(images.path(), &all).contains("face(s) in photo.png -> all.png"));
}

#[test]
fn detect_finds_the_face_of_the_photograph() {
    let out = folder();
    let photo = format!("{}/astronaut.jpg", face_detector());
    let target = out.path().join("faces.png");
    let target = target.to_str().expect("the path is text");
    let found = json(out.path(), &["detect", &face_detector(), "--image", &photo, "-o", target, "--json"]);
    // The middle of the astronaut's face, in pixels of a photograph of 512 x 512.
    let size = f64::from(image::open(&photo).expect("the photograph can be read").width());
    let (x, y) = (0.44 * size, 0.24 * size);
    let faces = found["faces"].as_array().expect("a list");
    let hit = |face: &&Value| {
        let side = |key: &str| number(&face[key]);
        (side("x1")..side("x2")).contains(&x) && (side("y1")..side("y2")).contains(&y)
    };
    assert_eq!(faces.iter().filter(hit).count(), 1, "{found}");
}

#[test]
fn adders_write_a_core_for_each_matrix_again_and_again() {
    let out = folder();
    let write = |file: &str, name: &str, data: &str| {
        let text = format!(r#"{{"name": "{name}", "input": {{"signed": true, "bits": 8}}, "data": {data}}}"#);
        fs::write(out.path().join(file), text).expect("the matrix can be written");
    };
    write("a.json", "fir", "[[3, -5], [7, 0], [1, 11]]");
    write("b.json", "wide", "[[100, 200, 300]]");
    let arguments = ["adders", "a.json", "b.json", "-o", "cores", "--json"];
    let figures = json(out.path(), &arguments);
    let figures: Vec<&Value> = figures.as_array().expect("a list").iter().collect();
    assert_eq!(figures.len(), 2);
    for figure in &figures {
        let expected = [
            "adders",
            "depth",
            "lut_estimate",
            "n_in",
            "n_out",
            "name",
            "negations",
            "register_bits",
            "seconds",
            "verified",
        ];
        assert_eq!(keys(figure), expected);
        assert_eq!(figure["verified"], true);
    }
    assert_eq!(
        (&figures[0]["name"], &figures[0]["n_in"], &figures[0]["n_out"]),
        (&"fir".into(), &3.into(), &2.into())
    );
    let before = snapshot(&out.path().join("cores"));
    assert!(before.keys().any(|path| path.ends_with("rtl/fir.v")), "{:?}", before.keys());
    json(out.path(), &arguments);
    assert!(before == snapshot(&out.path().join("cores")), "the same matrices give the same bytes");
    let one_thread = ["adders", "a.json", "b.json", "-o", "again", "--threads", "1"];
    note(out.path(), &one_thread);
    assert_eq!(
        before.values().collect::<Vec<_>>(),
        snapshot(&out.path().join("again")).values().collect::<Vec<_>>()
    );
}

#[test]
fn evaluate_scores_a_detector() {
    let data = folder();
    let boxes = photograph(&data.path().join("a.png"), 10, 20, 40)
        + &photograph(&data.path().join("b.png"), 50, 10, 48);
    fs::write(data.path().join("boxes.txt"), boxes).expect("the boxes can be written");
    picture(80, 60).save(data.path().join("without-faces.png")).expect("the image can be written");
    let result = json(data.path(), &["evaluate", &face_detector(), "--data", ".", "--json"]);
    assert_eq!(keys(&result), ["boxes", "levels", "samples", "seconds"]);
    assert_eq!((&result["samples"], &result["boxes"]), (&Value::from(3), &Value::from(2)));
    assert_eq!(keys(&result["levels"]), ["approx", "float", "int"]);
    for level in ["float", "approx", "int"] {
        let scores = &result["levels"][level];
        assert_eq!(keys(scores), ["ap", "recall_at"]);
        assert!((0.0..=1.0).contains(&number(&scores["ap"])));
        let mut recall_at = keys(&scores["recall_at"]);
        recall_at.sort_by_key(|n| n.parse::<u32>().expect("a number"));
        assert_eq!(recall_at, ["8", "31", "65"]);
        assert!(recall_at.iter().all(|n| (0.0..=1.0).contains(&number(&scores["recall_at"][n]))));
    }
    let text = note(data.path(), &["evaluate", &face_detector(), "--data", "."]);
    assert!(text.contains("3 photographs, 2 faces"), "{text}");
}

#[test]
fn evaluate_scores_two_classes_of_windows() {
    let data = folder();
    for (class, drawn) in [("face", true), ("other", false)] {
        fs::create_dir(data.path().join(class)).expect("the folder can be made");
        for n in 0..3 {
            let mut window = GrayImage::from_pixel(32, 36, Luma([80 + 30 * n]));
            if drawn {
                draw_face(&mut window, 0, 0, 32);
            }
            window.save(data.path().join(class).join(format!("{n}.png"))).expect("the image can be written");
        }
    }
    let result = json(data.path(), &["evaluate", &face_detector(), "--data", ".", "--json"]);
    assert_eq!(keys(&result), ["classes", "levels", "samples", "seconds"]);
    assert_eq!(
        (&result["samples"], &result["classes"]),
        (&Value::from(6), &serde_json::json!(["face", "other"]))
    );
    for level in ["float", "approx", "int"] {
        assert!(
            number(&result["levels"][level]["auc"]) > 0.5,
            "a drawn face is more of a face than a flat wall"
        );
    }
    // Numbers in front of the names say more than the alphabet.
    for (name, numbered) in [("face", "1_face"), ("other", "0_other")] {
        fs::rename(data.path().join(name), data.path().join(numbered)).expect("a folder can be renamed");
    }
    let again = json(data.path(), &["evaluate", &face_detector(), "--data", ".", "--json"]);
    assert_eq!(again["classes"], serde_json::json!(["1_face", "0_other"]));
    assert_eq!(again["levels"], result["levels"]);
}

#[test]
fn outputs_are_compared_on_images_without_labels() {
    let project = project("tiny");
    let folder = project.path();
    fs::create_dir_all(folder.join("data/more")).expect("the folder can be made");
    for (n, name) in ["a.png", "more/b.png"].iter().enumerate() {
        picture(9, 7 + n as u32).save(folder.join("data").join(name)).expect("the image can be written");
    }
    let compare =
        |more: &[&str]| json(folder, &[&["compare", ".", "--data", "data", "--json"], more].concat());
    let outcome = compare(&[]);
    assert_eq!(keys(&outcome), ["levels", "samples", "seconds", "shape"]);
    assert_eq!((&outcome["samples"], &outcome["shape"]), (&2.into(), &serde_json::json!([1, 2, 3])));
    assert_eq!(compare(&["--limit", "1"])["samples"], 1);

    // The same from the outputs themselves.
    let outputs = |level: &str| -> Vec<f64> {
        let of = |name: &str| {
            let run = json(folder, &["run", ".", "--input", name, "--level", level, "--json"]);
            let values: Vec<Vec<Vec<f64>>> = serde_json::from_value(run["values"].clone()).expect("numbers");
            values.concat().concat()
        };
        [of("data/a.png"), of("data/more/b.png")].concat()
    };
    let wanted = outputs("float");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    for level in ["approx", "int"] {
        let got = outputs(level);
        let error =
            norm(&mut got.iter().zip(&wanted).map(|(a, b)| a - b)) / norm(&mut wanted.iter().copied());
        let said = number(&outcome["levels"][level]["relative_error"]);
        assert!((said - error).abs() < 1e-9 && error > 0.0, "{level}: {said} instead of {error}");
    }
}

#[test]
fn the_bias_of_a_map_without_weights_costs_no_adder() {
    let project = project("tiny");
    let folder = project.path();
    let kernels = [[0.0; 9], [0.5, -1.0, 0.25, 0.0, 1.0, 0.5, 0.0, -0.25, 1.0]].concat();
    let kernels: Vec<String> = kernels.iter().map(f64::to_string).collect();
    let weights = format!(
        "A.kernels f32 2 3 3 = {}\nA.bias f32 2 = 0.5 0.25\nB.kernels f32 2 1 1\nB.bias f32 1\n",
        kernels.join(" ")
    );
    fs::write(folder.join("weights"), weights).expect("the weights can be written");
    make_weights(folder);
    let report = json(folder, &["approximate", ".", "--json"]);
    let layers = report["layers"].as_array().expect("layers");
    let scale = layers.iter().find(|layer| layer["name"] == "A.scale").expect("A has a scale");
    assert_eq!(scale["zeros"], 1, "{scale}");
    assert_eq!(scale["adders"], scale["adders_before"], "{scale}");
}
