//! A server for whoever starts this: says its URL, and runs until standard input ends.

use std::io::{self, Write};

use tessera_test_postgres::Cluster;

fn main() -> io::Result<()> {
    let cluster = Cluster::start();
    writeln!(io::stdout(), "{}", cluster.url("postgres"))?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
