use super::random::Random;
use super::sharing::Sharing;
use super::term::{Symbol, Term};

/// In one of so many attempts some digits are written another way before sharing.
const RECODE: usize = 5;

/// How many digits are, at most.
const DIGITS: usize = 3;

/// Improves a sharing by ruining and rebuilding small parts of it: a few neighbouring symbols are replaced by their
/// definitions, the patterns that appear are shared again, and the result stays unless it is worse. Now and then some
/// digits of what the symbols were made from are written another way in between.
///
/// Results as good as before stay too: most improvements lie behind a plateau. Ends after `work` steps.
pub(super) fn improve(sharing: &mut Sharing, work: u64, most: usize, random: &mut Random) {
    let end = sharing.work() + work;
    while sharing.work() < end && !sharing.live().is_empty() {
        sharing.mark();
        let before = sharing.cost();
        // Every attempt counts, so that the loop ends.
        sharing.count_work(20);
        let chosen = neighbours(sharing, 1 + random.below(most), random);
        let mut operands: Vec<Symbol> = Vec::new();
        for symbol in chosen {
            if sharing.is_live(symbol) {
                operands.extend(sharing.definition(symbol).iter().map(|term| term.symbol));
                sharing.inline(symbol);
            }
        }
        if !operands.is_empty() && random.below(RECODE) == 0 {
            for _ in 0..DIGITS {
                let symbol = random.pick(&operands);
                if sharing.is_input(symbol) || sharing.is_live(symbol) {
                    sharing.recode(symbol, random);
                }
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
