//! Programs of others: found on the PATH, run with a time limit, stopped with everything they started.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often we look whether a program has ended.
const PULSE: Duration = Duration::from_millis(20);

/// A program that does the same under several names, and what to do where none is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    pub(crate) names: &'static [&'static str],
    pub(crate) remedy: &'static str,
}

/// A tool that is there.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) name: &'static str,
    path: PathBuf,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// By itself, successfully.
    Well,
    /// By itself, with a fault.
    Badly(ExitStatus),
    /// We stopped it when its time was over.
    Stopped,
}

impl Tool {
    /// The first of its names that is on the PATH.
    pub(crate) fn find(&self) -> Result<Found> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&folders).filter(|f| f.is_absolute()).collect();
        let found = self.names.iter().find_map(|&name| {
            let path = folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path))?;
            Some(Found { name, path })
        });
        found.with_context(|| {
            let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
            format!("the tool {} was not found: {}", names.join(" or "), self.remedy)
        })
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Set when the user wants us to stop.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on Ctrl-C, which the tools in their own process groups do not see, sets a flag.
    pub(crate) fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
        {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("cannot listen for signals")?;
        }
        Ok(Self(flag))
    }
}

/// Runs a tool in a folder, at most for `limit`; all it prints goes to the file `log` there.
pub(crate) fn run(
    tool: &Found,
    arguments: &[String],
    folder: &Path,
    log: &str,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<Ended> {
    let output = File::create(folder.join(log)).with_context(|| format!("cannot write {log}"))?;
    let errors = output.try_clone().with_context(|| format!("cannot write {log}"))?;
    let mut command = Command::new(&tool.path);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(output).stderr(errors);
    // A group of its own, so that what it starts is stopped with it.
    command.process_group(0).env_remove("MAKEFLAGS");
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", tool.name))?;
    loop {
        let status = child.try_wait().with_context(|| format!("cannot wait for `{}`", tool.name));
        match status {
            Ok(Some(status)) if status.success() => return Ok(Ended::Well),
            Ok(Some(status)) => return Ok(Ended::Badly(status)),
            Ok(None) => {}
            Err(error) => {
                stop(&mut child);
                return Err(error);
            }
        }
        if interrupt.0.load(Ordering::Relaxed) {
            stop(&mut child);
            bail!("interrupted: `{}` was stopped, and nothing was written", tool.name);
        }
        if started.elapsed() >= limit {
            stop(&mut child);
            return Ok(Ended::Stopped);
        }
        thread::sleep(PULSE);
    }
}

/// Ends a program and everything it has started.
fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    // What has ended meanwhile needs no end.
    let _ = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    let _ = child.kill();
    let _ = child.wait();
}
