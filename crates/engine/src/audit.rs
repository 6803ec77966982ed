//! The audit log: one line for each authentication event.
//!
//! Time, request id and client address come from the subscriber and the span around the request.
//! A line names people and sessions by id; no function here takes a password, token or address, so
//! none can reach the log.

use crate::ids::UserId;
use crate::session::{EndedSession, Session};

/// The target of all audit lines.
const TARGET: &str = "tessera::audit";

pub(crate) fn signed_up(user: &UserId, session: Option<&Session>) {
    let session = session.map(|session| tracing::field::display(&session.id));
    tracing::info!(target: TARGET, event = "sign_up", %user, session, "signed up");
}

pub(crate) fn sign_up_refused(reason: &'static str) {
    tracing::warn!(target: TARGET, event = "sign_up_refused", reason, "sign-up refused");
}

pub(crate) fn signed_in(session: &Session) {
    tracing::info!(target: TARGET, event = "sign_in", user = %session.user_id, session = %session.id, "signed in");
}

pub(crate) fn sign_in_refused(user: Option<&UserId>, reason: &'static str) {
    let user = user.map(tracing::field::display);
    tracing::warn!(target: TARGET, event = "sign_in_refused", user, reason, "sign-in refused");
}

pub(crate) fn password_refused(user: &UserId, reason: &'static str) {
    tracing::warn!(target: TARGET, event = "password_refused", %user, reason, "password refused");
}

pub(crate) fn password_changed(user: &UserId) {
    tracing::info!(target: TARGET, event = "change_password", %user, "password changed");
}

pub(crate) fn account_unlinked(user: &UserId, account: &str) {
    tracing::info!(target: TARGET, event = "unlink_account", %user, account, "account unlinked");
}

pub(crate) fn deletion_requested(user: &UserId) {
    tracing::info!(target: TARGET, event = "deletion_requested", %user, "a link to delete an account is mailed");
}

pub(crate) fn user_deleted(user: &UserId) {
    tracing::info!(target: TARGET, event = "delete_user", %user, "account deleted");
}

/// A session is over, and what has ended it.
pub(crate) fn session_ended(ended: &EndedSession, reason: &'static str) {
    tracing::info!(target: TARGET, event = "session_ended", user = %ended.user_id, session = %ended.id, reason, "session ended");
}

pub(crate) fn password_reset_requested(user: Option<&UserId>) {
    let user = user.map(tracing::field::display);
    tracing::info!(target: TARGET, event = "password_reset_requested", user, "password reset requested");
}

pub(crate) fn password_reset(user: &UserId) {
    tracing::info!(target: TARGET, event = "password_reset", %user, "password reset");
}

pub(crate) fn password_reset_refused() {
    tracing::warn!(target: TARGET, event = "password_reset_refused", "password reset refused");
}

pub(crate) fn email_verified(user: &UserId) {
    tracing::info!(target: TARGET, event = "email_verified", %user, "e-mail address verified");
}

pub(crate) fn email_change_requested(user: &UserId) {
    tracing::info!(target: TARGET, event = "email_change_requested", %user, "change of e-mail address requested");
}

pub(crate) fn email_changed(user: &UserId) {
    tracing::info!(target: TARGET, event = "email_changed", %user, "e-mail address changed");
}
