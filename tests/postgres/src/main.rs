//! A server for whoever starts this: says the URL of a database and the one through PgBouncer, in one
//! line, and runs until standard input ends.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let database = tessera_test_postgres::fresh();
    writeln!(io::stdout(), "{} {}", database.url(), database.url_through_pgbouncer())?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
