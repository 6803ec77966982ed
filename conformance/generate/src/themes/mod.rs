//! The vectors, a file for each theme.

mod algorithms;
mod confusion;
mod form;
mod header;
mod json;

use crate::forge::Forge;
use crate::theme::Theme;

pub(crate) fn all(forge: &Forge) -> Vec<Theme> {
    vec![
        form::theme(forge),
        header::theme(forge),
        json::theme(forge),
        algorithms::theme(forge),
        confusion::theme(forge),
    ]
}
