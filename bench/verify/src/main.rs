//! Measures everything once and prints the table; takes about a minute. Figures do not fail: the
//! exit status says only whether they could be taken.
#![expect(clippy::print_stdout, reason = "printing the table is what it is for")]

use tessera_bench_verify::table::Line;
use tessera_bench_verify::{Failure, hs256, key_pairs, machine, service};

/// All that is not the client runs here.
const CORE: usize = 0;
/// The client of the service runs here.
const CLIENT_CORE: usize = 1;

fn main() -> Result<(), Failure> {
    println!("{}", machine::describe());
    if !machine::pin(CORE) {
        println!("Not pinned to a core: expect more spread.");
    }
    println!("\n{}", Line::HEAD);
    print(hs256::contest()?.run()?);
    for algorithm in key_pairs::VERIFY {
        print(key_pairs::verifying(algorithm)?.run()?);
    }
    print(key_pairs::repeated()?.run()?);
    let service = service::measure(CORE, CLIENT_CORE)?;
    print(service.lines);
    for algorithm in key_pairs::SIGN {
        print(key_pairs::signing(algorithm)?.run()?);
    }
    println!("\nThe server had its core for {:.0} % of the time.", service.busy * 100.0);
    Ok(())
}

fn print(lines: Vec<Line>) {
    for line in lines {
        println!("{line}");
    }
}
