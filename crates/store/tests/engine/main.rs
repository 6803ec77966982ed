//! The engine on its real stores: each test runs on SQLite, on PostgreSQL, and on PostgreSQL through
//! a pooler in transaction mode.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod races;
mod sessions;
mod shared;
mod tokens;
mod world;

macro_rules! on_every_database {
    ($($module:ident::$test:ident,)*) => {
        on_every_database!(sqlite: $($module::$test,)*);
        on_every_database!(postgres: $($module::$test,)*);
        on_every_database!(pgbouncer: $($module::$test,)*);
    };
    ($database:ident: $($module:ident::$test:ident,)*) => {
        mod $database {
            $(
                #[tokio::test]
                async fn $test() {
                    crate::$module::$test(crate::world::Database::$database()).await;
                }
            )*
        }
    };
}

on_every_database! {
    accounts::a9_a_sign_up_that_fails_leaves_nothing,
    accounts::a1_of_many_racing_sign_ups_exactly_one_wins,
    accounts::a4_the_commonest_passwords_are_refused,
    accounts::a2_wrong_and_unknown_are_one_error,
    accounts::a8_what_a_new_password_ended_stays_refused_after_a_restart,
    accounts::a8_what_a_deletion_ended_stays_refused_after_a_restart,
    accounts::a_change_of_an_account_is_answered_with_what_is_stored,
    races::a8_no_session_of_the_old_password_begins_after_the_new_one,
    races::a8_no_session_begins_after_the_account_is_gone,
    races::n16_a_password_hashed_anew_begins_one_session_of_each_sign_in,
    accounts::a_new_password_or_address_ends_the_links_from_before,
    accounts::n22_a_mailed_link_deletes_the_account_it_is_for_and_once,
    sessions::a6_a_session_is_renewed_daily_and_ends_a_week_after_its_last_use,
    sessions::a5_ending_tells_the_verifiers_and_outlasts_a_restart,
    sessions::a5_a_sign_out_whose_client_goes_away_still_tells_the_verifiers,
    sessions::a_row_of_an_unknown_form_is_named_and_nobody_is_let_in,
    sessions::reading_a_session_writes_nothing_where_renewal_is_deferred,
    tokens::t1_a_token_names_its_owner_and_session_and_does_not_outlive_it,
    tokens::n13_a_private_key_signs_again_only_when_half_its_life_is_over_or_the_account_changed,
    tokens::t2_a_key_is_kept_across_restarts_and_another_secret_gets_another_key,
    tokens::n2_of_two_hundred_first_starts_one_makes_the_key,
    tokens::n2_of_fifty_rotations_at_once_one_makes_the_next_key,
    tokens::n2_of_twenty_revoking_rotations_at_once_one_key_is_left,
    tokens::a_key_that_npm_made_signs_and_keeps_its_kid,
}
