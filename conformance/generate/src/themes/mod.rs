//! The vectors, a file for each theme.

mod algorithms;
mod claims;
mod confusion;
mod form;
mod header;
mod json;
mod key_sets;
mod parties;
mod policies;
mod times;

use crate::forge::Forge;
use crate::theme::Theme;

pub(crate) fn all(forge: &Forge) -> [Theme; 10] {
    [
        form::theme(forge),
        header::theme(forge),
        json::theme(forge),
        algorithms::theme(forge),
        confusion::theme(forge),
        key_sets::theme(forge),
        claims::theme(forge),
        times::theme(forge),
        parties::theme(forge),
        policies::theme(forge),
    ]
}
