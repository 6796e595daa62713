//! Our books on the reference workloads, under criterion. The peers run in `cargo xtask bench`.

use benches::{
    engines::{Engine, LookAhead, Ours, Stream},
    workload::{Tally, W1, W2, Workload},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use engine::book::{FastBook, PlainBook};

fn bench<E: Engine>(criterion: &mut Criterion, workload: &Workload, name: &str) {
    let mut group = criterion.benchmark_group(workload.spec.name);
    group
        .throughput(Throughput::Elements(workload.timed().len() as u64))
        .sample_size(10);
    let stream = Stream::<E>::new(workload);
    group.bench_function(name, |bencher| {
        bencher.iter_batched_ref(
            || stream.loaded(),
            |engine| {
                let mut tally = Tally::default();
                engine.execute_all(stream.timed(), &mut tally);
                assert_eq!(tally, workload.spec.tally);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn books(criterion: &mut Criterion) {
    for spec in [W1, W2] {
        let workload = Workload::generate(spec);
        bench::<Ours<FastBook>>(criterion, &workload, "fast book");
        bench::<LookAhead>(criterion, &workload, "fast book, look-ahead");
        bench::<Ours<PlainBook>>(criterion, &workload, "plain book");
    }
}

criterion_group!(benches, books);
criterion_main!(benches);
