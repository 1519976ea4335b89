use super::random::Random;
use super::sharing::Sharing;
use super::term::{Symbol, Term};

/// Improves a sharing by ruining and rebuilding small parts of it: a few neighbouring symbols are replaced by their
/// definitions, the patterns that appear are shared again, and the result stays unless it is worse.
///
/// Results as good as before stay too: most improvements lie behind a plateau. Ends after `work` steps.
pub(super) fn improve(sharing: &mut Sharing, work: u64, most: usize, random: &mut Random) {
    let end = sharing.work() + work;
    while sharing.work() < end && !sharing.live().is_empty() {
        sharing.mark();
        let before = sharing.cost();
        // Every attempt counts, so that the loop ends.
        sharing.count_work(20);
        for symbol in neighbours(sharing, 1 + random.below(most), random) {
            if sharing.is_live(symbol) {
                sharing.inline(symbol);
            }
        }
        sharing.share(random);
        if sharing.cost() > before {
            sharing.take_back();
        }
    }
    sharing.mark();
}

/// About `count` symbols that have to do with each other: each is part of another's definition, uses another, or stands
/// in a sum with another.
fn neighbours(sharing: &Sharing, count: usize, random: &mut Random) -> Vec<Symbol> {
    let mut chosen = vec![random.pick(sharing.live())];
    for _ in 0..3 * count {
        if chosen.len() >= count {
            break;
        }
        let from = random.pick(&chosen);
        let next = match random.below(4) {
            0 => some_symbol(sharing.definition(from), random),
            1 => sharing.some_user(from, random).and_then(|(_, own)| own),
            _ => sharing.some_user(from, random).and_then(|(terms, _)| some_symbol(terms, random)),
        };
        chosen.extend(next.filter(|&next| !chosen.contains(&next) && !sharing.is_input(next)));
    }
    chosen
}

fn some_symbol(terms: &[Term], random: &mut Random) -> Option<Symbol> {
    (!terms.is_empty()).then(|| random.pick(terms).symbol)
}
