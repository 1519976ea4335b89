//! The shell in rust_hdl's simulator: every command, every register, full and empty queues, resets.

use lacuna_host_shell::{Bench, Command, DEPTH, FrameModel, Geometry, IDENTITY, Register, VERSION, flags};

/// Frames of 5 x 3 pixels of 2 bytes; results of a byte, two lines of three.
const SMALL: Geometry =
    Geometry { width: 5, height: 3, pixel_bytes: 2, results_width: 3, results_height: 2, result_bytes: 1 };

/// Six bytes that all depend on the whole frame and on its order.
fn digest(frame: &[u8]) -> Vec<u8> {
    let sum = frame.iter().fold(17_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte));
    (0..6).map(|n| sum.wrapping_add(n * n)).collect()
}

fn bench(geometry: Geometry, half: u32) -> Bench<FrameModel> {
    Bench::new(geometry, FrameModel::new(geometry, 40, digest), half)
}

fn frame(seed: u8) -> Vec<u8> {
    (0..30).map(|n: u8| n.wrapping_mul(29).wrapping_add(seed)).collect()
}

#[test]
fn the_registers_say_what_is_there() {
    let mut bench = bench(SMALL, 4);
    assert_eq!(
        bench.registers(Register::Identity),
        [IDENTITY, VERSION, flags::ALIVE | flags::ROOM, 255, 0, 0]
    );
    assert_eq!(bench.registers(Register::FrameWidth), [5, 0, 3, 0, 3, 0, 2, 0, 2, 1, 0]);
    let wide = Geometry { width: 0x0304, height: 0x1234, pixel_bytes: 1, results_width: 0x0201, ..SMALL };
    let mut bench = self::bench(wide, 5);
    assert_eq!(bench.registers(Register::FrameWidth), [4, 3, 0x34, 0x12, 1, 2, 2, 0, 1, 1]);
}

#[test]
fn frames_come_back_as_results_at_every_spi_clock() {
    for half in [4, 5, 7, 16] {
        let mut bench = bench(SMALL, half);
        for seed in [0, 100, 200] {
            bench.write_pixels(&frame(seed));
            assert_eq!(bench.read_results(6), digest(&frame(seed)), "half a period of {half} clocks");
        }
        // Two frames in one transfer, results read one by one.
        bench.write_pixels(&[frame(1), frame(2)].concat());
        let wanted = [digest(&frame(1)), digest(&frame(2))].concat();
        let results: Vec<u8> = (0..12).flat_map(|_| bench.read_results(1)).collect();
        assert_eq!(results, wanted);
        assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM]);
    }
}

#[test]
fn flags_come_back_with_every_command_and_with_pixels() {
    let mut bench = bench(SMALL, 4);
    let quiet = flags::ALIVE | flags::ROOM;
    let answer = bench.transfer(&[&[Command::WritePixels as u8], frame(3).as_slice()].concat());
    assert_eq!(answer, vec![quiet; 31]);
    bench.wait(100);
    assert_eq!(bench.transfer(&[0]), [quiet | flags::RESULTS]);
}

#[test]
fn a_result_that_was_not_clocked_out_is_not_lost() {
    let mut bench = bench(SMALL, 4);
    bench.write_pixels(&frame(9));
    bench.wait(100);
    // The third result is loaded and never sent.
    let first = bench.transfer(&[Command::ReadResults as u8, 0, 0]);
    assert_eq!(first[1..], digest(&frame(9))[..2]);
    assert_eq!(bench.registers(Register::Waiting), [4]);
    assert_eq!(bench.read_results(4), digest(&frame(9))[2..]);
}

#[test]
fn reading_too_much_is_flagged_until_a_reset() {
    let mut bench = bench(SMALL, 4);
    assert_eq!(bench.transfer(&[Command::ReadResults as u8, 0, 0])[1..], [0, 0]);
    assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM | flags::UNDERFLOW]);
    bench.reset();
    assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM]);
}

/// A core that takes nothing.
#[derive(Debug)]
struct Deaf;

impl lacuna_host_shell::Core for Deaf {
    fn ready(&self) -> bool {
        false
    }

    fn result(&self) -> Option<u8> {
        None
    }

    fn frame_error(&self) -> bool {
        false
    }

    fn clock(&mut self, _: bool, _: Option<lacuna_host_shell::Pixel>, _: bool) {}
}

#[test]
fn what_finds_no_place_is_flagged() {
    let mut bench = Bench::new(SMALL, Deaf, 4);
    let write = |bench: &mut Bench<Deaf>, count| {
        bench.transfer(&[vec![Command::WritePixels as u8], vec![0; count]].concat());
        bench.registers::<3>(Register::Flags)
    };
    assert_eq!(write(&mut bench, DEPTH - 255), [flags::ALIVE | flags::ROOM, 255, 0]);
    assert_eq!(write(&mut bench, 1), [flags::ALIVE, 254, 0]);
    assert_eq!(write(&mut bench, 254), [flags::ALIVE, 0, 0]);
    assert_eq!(write(&mut bench, 1), [flags::ALIVE | flags::OVERFLOW, 0, 0]);
    bench.reset();
    assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM, 255, 0]);
}

/// A core that talks all the time, to be kept waiting by a full queue.
#[derive(Debug)]
struct Talkative(u8);

impl lacuna_host_shell::Core for Talkative {
    fn ready(&self) -> bool {
        true
    }

    fn result(&self) -> Option<u8> {
        Some(self.0)
    }

    fn frame_error(&self) -> bool {
        true
    }

    fn clock(&mut self, reset: bool, _: Option<lacuna_host_shell::Pixel>, taken: bool) {
        self.0 = if reset { 0 } else { self.0.wrapping_add(u8::from(taken)) };
    }
}

#[test]
fn a_full_queue_of_results_stops_the_core() {
    let mut bench = Bench::new(SMALL, Talkative(0), 4);
    bench.wait(2 * DEPTH as u32);
    let wanted = flags::ALIVE | flags::ROOM | flags::RESULTS | flags::FRAME_ERROR;
    assert_eq!(bench.registers(Register::Flags), [wanted, 255, 255]);
    let counted: Vec<u8> = (0..2 * DEPTH).map(|n| n as u8).collect();
    assert_eq!(bench.read_results(2 * DEPTH), counted);
}

#[test]
fn a_reset_in_mid_frame_begins_a_new_frame() {
    let mut bench = bench(SMALL, 4);
    bench.write_pixels(&frame(50)[..17]);
    bench.reset();
    bench.write_pixels(&frame(60));
    assert_eq!(bench.read_results(6), digest(&frame(60)));
    assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM]);
}

#[test]
fn the_text_is_the_one_that_ships() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../hdl_templates/lacuna_spi_shell.v");
    let text = lacuna_host_shell::verilog();
    if std::env::var_os("LACUNA_PRINT_SHELL").is_some() {
        std::fs::write(path, &text).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(path).expect("the shell lies among the templates");
    assert!(
        kept == text,
        "run this test with LACUNA_PRINT_SHELL=1 in the environment, and look at what changed"
    );
}
