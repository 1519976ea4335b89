//! `lacuna sweep`: a network approximated in many ways, and what that shows.

mod compute;
mod gather;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use lacuna_sweep::{Budget, Levels, Method, Point, Record, Shard, points};
use serde::Serialize;

use crate::print;
use crate::project::ProjectArguments;
use crate::scoring::Data;
use store::{Found, Store};

/// Options of `lacuna sweep`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// Dyadic sets, each for all kernels, such as ternary D3 "k/4 |k|<=8"
    #[arg(long, value_name = "SET", num_args = 1.., required_unless_present = "configurations")]
    sets: Vec<String>,
    /// Sets of all conv layers by one name, such as A_3 A_7,3,3
    #[arg(long, value_name = "NAME", num_args = 1..)]
    configurations: Vec<String>,
    /// The most signed digits of all kernels together, each tried with every set; `none` is no limit
    #[arg(long, value_name = "N", num_args = 1.., default_value = "none")]
    budgets: Vec<Budget>,
    /// Score each point as `lacuna evaluate` does, at the int level, and the float network once
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Score only the first N photographs or labelled images, or the first N windows of each class
    #[arg(long, value_name = "N", requires = "data", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// The folder of the points, a file each, and of the tables and the plot; what it holds already is not done again
    #[arg(short, long, value_name = "DIR", required_unless_present = "list")]
    output: Option<PathBuf>,
    /// Do only the I-th of N equal parts
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Do only the point of this key, and leave tables and plot to another call
    #[arg(long, value_name = "KEY", conflicts_with = "shard")]
    point: Option<String>,
    /// Print the keys of the points, one a line, and do nothing
    #[arg(long, conflicts_with = "point")]
    list: bool,
    /// Points worked on side by side; all cores when absent, with the same result
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// The points that were asked for, where others are missing yet.
#[derive(Serialize)]
struct Part<'a> {
    sweep: &'a str,
    points: Vec<Record>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(set) = &options.project.set {
        bail!("--set {set}: the sets of a sweep stand behind --sets");
    }
    let project = options.project.load()?;
    // With calibration inputs every set and budget comes twice, to be compared.
    let methods = if project.calibration.is_some() {
        &[Method::Nearest, Method::DataAware][..]
    } else {
        &[Method::Nearest]
    };
    let all = points(options.data.is_some(), &levels(options)?, &options.budgets, methods);
    compute::check(&project, &all)?;
    let wanted = wanted(options, &all)?;
    let Some(folder) = options.output.as_ref().filter(|_| !options.list) else {
        return list(&wanted, options.json);
    };
    let limit = options.limit.map(|limit| limit as usize);
    let data = options.data.as_ref().map(|folder| Data::open(folder, limit, &project)).transpose()?;
    let sweep = compute::fingerprint(&project, data.as_ref())?.to_string();
    let store = Store::open(folder, &sweep)?;

    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for point in &all {
        match store.read(point) {
            Found::Record(record) => drop(records.insert(point.key(), record)),
            Found::Nothing => {}
            Found::Broken(why) => print::note(&format!("{why}: it is done again")),
        }
    }
    let left: Vec<&Point> =
        wanted.iter().copied().filter(|point| !records.contains_key(&point.key())).collect();
    let reused = wanted.len() - left.len();
    for record in on_all_cores(&left, options.threads, |point| {
        let record = Record::new(&sweep, point, compute::outcome(&project, point, data.as_ref())?);
        store.write(&record)?;
        Ok(record)
    })? {
        records.insert(record.key.clone(), record);
    }

    let pick = |points: &[&Point]| -> Vec<Record> {
        points.iter().filter_map(|point| records.get(&point.key()).cloned()).collect()
    };
    print::note(&format!("{}: {} points done, {reused} were there", folder.display(), left.len()));
    let everything = pick(&all.iter().collect::<Vec<_>>());
    if everything.len() < all.len() || options.point.is_some() {
        print::note(&format!("{} of the sweep's {} points are there", everything.len(), all.len()));
        let points = pick(&wanted);
        return if options.json { print::json(&Part { sweep: &sweep, points }) } else { Ok(()) };
    }
    let summary = lacuna_sweep::summarize(&sweep, everything);
    gather::write(folder, &summary)?;
    if options.json {
        return print::json(&summary);
    }
    gather::show(folder, &summary);
    Ok(())
}

/// The sets and configurations of the command line.
fn levels(options: &Options) -> Result<Vec<Levels>> {
    let sets = options.sets.iter().map(|text| {
        let set = text.parse().with_context(|| format!("--sets {text}"))?;
        Ok(Levels::Set(set))
    });
    let configurations = options.configurations.iter().map(|text| {
        let configuration = text.parse().with_context(|| format!("--configurations {text}"))?;
        Ok(Levels::Configuration(configuration))
    });
    sets.chain(configurations).collect()
}

/// The points that this call is about.
fn wanted<'a>(options: &Options, all: &'a [Point]) -> Result<Vec<&'a Point>> {
    if let Some(key) = &options.point {
        let Some(point) = all.iter().find(|point| point.key() == *key) else {
            bail!(
                "--point {key}: the sweep has no such point; with --list in its place you see the keys of all"
            );
        };
        return Ok(vec![point]);
    }
    let holds = |number| options.shard.is_none_or(|shard| shard.holds(number));
    Ok(all.iter().enumerate().filter(|(number, _)| holds(*number)).map(|(_, point)| point).collect())
}

fn list(points: &[&Point], json: bool) -> Result<()> {
    let keys: Vec<String> = points.iter().map(|point| point.key()).collect();
    if json { print::json(&keys) } else { print::lines(&keys) }
}

/// The results of all points in their order, on as many cores as there are or may be used. After a fault no further point
/// is begun.
fn on_all_cores<T: Send>(
    points: &[&Point],
    threads: Option<u16>,
    work: impl Fn(&Point) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;
    let bar = print::progress("points", points.len());
    bar.tick();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    // Points are begun in order and few at a time, so that an interruption loses little; what is parallel within
    // a point fills the cores that are left.
    let worker = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(point) = points.get(number) else { break };
            let result = pool.install(|| work(point)).with_context(|| format!("point {}", point.key()));
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            bar.inc(1);
            done.push((number, result));
        }
        done
    };
    let mut results: Vec<(usize, Result<T>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(points.len())).map(|_| scope.spawn(worker)).collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| vec![(0, Err(anyhow!("a thread has panicked")))]));
        joined.flatten().collect()
    });
    bar.finish_and_clear();
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
