//! The contestants of the table one after the other, with divan's statistics.

use divan::Bencher;
use tessera_bench_verify::contest::{Contest, Contestant};
use tessera_bench_verify::{Failure, hs256, key_pairs, machine};
use tessera_token::Algorithm;

fn main() {
    machine::pin(0);
    divan::main();
}

#[divan::bench(args = names(hs256::contest()))]
fn hs256_verify(bencher: Bencher<'_, '_>, name: &str) {
    bench(bencher, hs256::contest(), name);
}

#[divan::bench(args = key_pairs::VERIFY)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    bench(bencher, key_pairs::verifying(algorithm), key_pairs::OURS);
}

#[divan::bench(args = key_pairs::VERIFY)]
fn verify_raw(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    bench(bencher, key_pairs::verifying(algorithm), key_pairs::RAW);
}

#[divan::bench(args = names(key_pairs::repeated()))]
fn verify_repeated(bencher: Bencher<'_, '_>, name: &str) {
    bench(bencher, key_pairs::repeated(), name);
}

#[divan::bench(args = key_pairs::SIGN)]
fn sign(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    bench(bencher, key_pairs::signing(algorithm), key_pairs::SIGNING_KEY);
}

#[divan::bench(args = key_pairs::SIGN)]
fn sign_raw(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    bench(bencher, key_pairs::signing(algorithm), key_pairs::RAW);
}

fn names(contest: Result<Contest, Failure>) -> Vec<&'static str> {
    let contestants = contest.map_or_else(|_| Vec::new(), |contest| contest.contestants);
    contestants.iter().map(Contestant::name).collect()
}

#[expect(clippy::expect_used, reason = "without contestants there is nothing to measure")]
fn bench(bencher: Bencher<'_, '_>, contest: Result<Contest, Failure>, name: &str) {
    let contestants = contest.expect("everybody accepts the token").contestants;
    let mut contestant = contestants.into_iter().find(|one| one.name() == name).expect("a name");
    bencher.bench_local(|| contestant.run(1));
}
