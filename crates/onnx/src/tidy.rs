//! Makes the layers of a person's network from the nodes of an exporter's graph.
//!
//! Constants move into the convolution before them, zeros into the windows behind them, and what nobody reads goes.

use std::mem;

use lacuna_network::{Function, Padding, Pool, Sliding, Source};

use crate::layers::{Conv, Kind, Layer, Layers};

/// Tidies all layers up; the new place of the output.
pub(crate) fn tidy(layers: &mut Layers, output: Source) -> Source {
    let output = fold_constants(layers, output);
    let output = remove_unread(layers, output);
    let output = merge_padding(layers, output);
    fold_pixels(layers, output);
    remove_unread(layers, output)
}

/// How many layers read each layer; being the output counts as one.
fn readers(list: &[Layer], output: Source) -> Vec<usize> {
    let mut readers = vec![0; list.len()];
    for source in list.iter().flat_map(|layer| &layer.inputs).chain([&output]) {
        if let Source::Node(layer) = *source {
            readers[layer] += 1;
        }
    }
    readers
}

/// Folds each affine layer into the convolution or affine layer before it, if nobody else reads that.
///
/// Only backwards: a constant in front of a padded convolution would have to change its zeros.
fn fold_constants(layers: &mut Layers, output: Source) -> Source {
    // What cannot be reached from the output must not count as a reader.
    let output = remove_unread(layers, output);
    let readers = readers(&layers.list, output);
    // Where the value of each layer is now to be had.
    let mut places: Vec<Source> = Vec::with_capacity(layers.list.len());
    let mut counts = readers.clone();
    for index in 0..layers.list.len() {
        let moved = |source: &Source| match *source {
            Source::Input => Source::Input,
            Source::Node(layer) => places[layer],
        };
        let inputs: Vec<Source> = layers.list[index].inputs.iter().map(moved).collect();
        layers.list[index].inputs = inputs;
        let place = fold_one(layers, index, &counts);
        if let Source::Node(target) = place
            && target != index
        {
            // The target had this layer as its reader, and has its readers now.
            counts[target] = (counts[target] - 1) + counts[index];
        }
        places.push(place);
    }
    match output {
        Source::Input => Source::Input,
        Source::Node(layer) => places[layer],
    }
}

/// Folds one affine layer backwards; where its value is to be had.
fn fold_one(layers: &mut Layers, index: usize, readers: &[usize]) -> Source {
    let before = layers.list[index].inputs[0];
    let Kind::Affine { coefficient, bias } = &mut layers.list[index].kind else { return Source::Node(index) };
    if coefficient.iter().all(|&a| a == 1.0) && bias.iter().all(|&b| b == 0.0) {
        return before;
    }
    let Source::Node(target) = before else { return Source::Node(index) };
    if readers[target] != 1 {
        return Source::Node(index);
    }
    let (coefficient, bias) = (mem::take(coefficient), mem::take(bias));
    match &mut layers.list[target].kind {
        Kind::Conv(conv) => {
            scale(conv, &coefficient, &bias);
            before
        }
        Kind::Affine { coefficient: first, bias: offset } => {
            for (((a, b), first), offset) in coefficient.iter().zip(&bias).zip(first).zip(offset) {
                *first *= a;
                *offset = *offset * a + b;
            }
            // Its node is the one that people know, as the mean of a pool is.
            before
        }
        _ => {
            layers.list[index].kind = Kind::Affine { coefficient, bias };
            Source::Node(index)
        }
    }
}

fn scale(conv: &mut Conv, coefficient: &[f64], bias: &[f64]) {
    let maps = conv.bias.len();
    let per_map = conv.kernels.len() / maps;
    for (map, kernels) in conv.kernels.chunks_exact_mut(per_map.max(1)).enumerate() {
        for weight in kernels {
            *weight = (f64::from(*weight) * coefficient[map]) as f32;
        }
    }
    for ((old, a), b) in conv.bias.iter_mut().zip(coefficient).zip(bias) {
        *old = *old * a + b;
    }
}

/// Folds an affine layer that reads the input into the convolution that alone reads it, where no zeros come between.
fn fold_pixels(layers: &mut Layers, output: Source) {
    let readers = readers(&layers.list, output);
    for index in 0..layers.list.len() {
        let [Source::Node(before)] = *layers.list[index].inputs.as_slice() else { continue };
        if layers.list[before].inputs != [Source::Input] || readers[before] != 1 {
            continue;
        }
        let Kind::Affine { coefficient, bias } = layers.list[before].kind.clone() else { continue };
        let Kind::Conv(conv) = &mut layers.list[index].kind else { continue };
        if conv.sliding.padding == Padding::all(0) {
            scale_inputs(conv, &coefficient, &bias);
            layers.list[index].inputs = vec![Source::Input];
        }
    }
}

/// The convolution of `coefficient · x + bias`.
fn scale_inputs(conv: &mut Conv, coefficient: &[f64], bias: &[f64]) {
    let area = conv.kernel[0] * conv.kernel[1];
    let table = conv.connections.table(coefficient.len());
    let kernels = &mut conv.kernels.chunks_exact_mut(area);
    for (inputs, sum) in table.iter().zip(&mut conv.bias) {
        for (&input, kernel) in inputs.iter().zip(&mut *kernels) {
            for weight in kernel {
                *sum += f64::from(*weight) * bias[input];
                *weight = (f64::from(*weight) * coefficient[input]) as f32;
            }
        }
    }
}

/// Gives zeros around a plane to the windows that read it, or makes a sum over one pixel of them.
fn merge_padding(layers: &mut Layers, output: Source) -> Source {
    let positive = positive(&layers.list);
    let mut reading = vec![Vec::new(); layers.list.len()];
    for (index, layer) in layers.list.iter().enumerate() {
        for source in &layer.inputs {
            if let Source::Node(before) = *source {
                reading[before].push(index);
            }
        }
    }
    for index in 0..layers.list.len() {
        let Kind::Pad(padding) = layers.list[index].kind else { continue };
        let source = layers.list[index].inputs[0];
        let never_below_zero = match source {
            Source::Input => false,
            Source::Node(layer) => positive[layer],
        };
        let reading = mem::take(&mut reading[index]);
        let takes = |&reader: &usize| takes_padding(&layers.list[reader].kind, padding, never_below_zero);
        if output != Source::Node(index) && reading.iter().all(takes) {
            for reader in reading {
                let layer = &mut layers.list[reader];
                if let Some(old) = padding_of(&mut layer.kind) {
                    *old = sum(*old, padding);
                }
                layer.inputs = vec![source];
            }
        } else {
            let sliding = Sliding { padding, ..Sliding::plain() };
            layers.list[index].kind = Kind::SumPool(Pool { size: [1, 1], sliding });
        }
    }
    output
}

fn padding_of(kind: &mut Kind) -> Option<&mut Padding> {
    match kind {
        Kind::Conv(conv) => Some(&mut conv.sliding.padding),
        Kind::SumPool(pool) | Kind::MaxPool(pool) => Some(&mut pool.sliding.padding),
        Kind::Pad(padding) => Some(padding),
        Kind::Affine { .. } | Kind::Activation(_) | Kind::Add | Kind::Concat => None,
    }
}

fn sum(a: Padding, b: Padding) -> Padding {
    Padding {
        top: a.top + b.top,
        left: a.left + b.left,
        bottom: a.bottom + b.bottom,
        right: a.right + b.right,
    }
}

/// Whether a layer can see the zeros as padding of its own.
fn takes_padding(kind: &Kind, padding: Padding, never_below_zero: bool) -> bool {
    match kind {
        Kind::Conv(_) | Kind::SumPool(_) | Kind::Pad(_) => true,
        // A maximum ignores its padding. Zeros change nothing where nothing is below zero and every window sees something.
        Kind::MaxPool(pool) => {
            let all = sum(pool.sliding.padding, padding);
            let less = |around: [usize; 2]| (0..2).all(|axis| around[axis] < pool.size[axis]);
            never_below_zero
                && pool.sliding.padding == Padding::all(0)
                && pool.sliding.dilation == [1, 1]
                && less(all.before())
                && less(all.after())
        }
        Kind::Affine { .. } | Kind::Activation(_) | Kind::Add | Kind::Concat => false,
    }
}

/// Of each layer whether its values are never below zero.
fn positive(list: &[Layer]) -> Vec<bool> {
    let mut positive: Vec<bool> = Vec::with_capacity(list.len());
    for layer in list {
        let inputs = layer.inputs.iter().all(|source| match *source {
            Source::Input => false,
            Source::Node(before) => positive[before],
        });
        positive.push(match &layer.kind {
            Kind::Activation(Function::Relu | Function::ClippedRelu { .. } | Function::Sigmoid) => true,
            Kind::SumPool(_) | Kind::MaxPool(_) | Kind::Add | Kind::Concat | Kind::Pad(_) => inputs,
            _ => false,
        });
    }
    positive
}

/// Drops the layers that the output does not depend on, and renumbers the others.
fn remove_unread(layers: &mut Layers, output: Source) -> Source {
    let mut wanted = vec![false; layers.list.len()];
    if let Source::Node(last) = output {
        wanted[last] = true;
    }
    for index in (0..layers.list.len()).rev() {
        if wanted[index] {
            for source in &layers.list[index].inputs {
                if let Source::Node(before) = *source {
                    wanted[before] = true;
                }
            }
        }
    }
    let mut places = Vec::with_capacity(wanted.len());
    let mut kept = 0;
    for &wanted in &wanted {
        places.push(kept);
        kept += usize::from(wanted);
    }
    let moved = |source: Source| match source {
        Source::Input => Source::Input,
        Source::Node(layer) => Source::Node(places[layer]),
    };
    let mut list = mem::take(&mut layers.list);
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        wanted[at - 1]
    });
    for layer in &mut list {
        for source in &mut layer.inputs {
            *source = moved(*source);
        }
    }
    layers.list = list;
    moved(output)
}
